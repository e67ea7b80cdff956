"""Figures: functions of a result. Drawing never fits, and every figure carries its words."""
