"""From the released files to the vote table: any release, format and place, one way in (`load`)."""
