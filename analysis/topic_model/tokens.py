"""Tokens: the words of a prompt in any script, and what hostile or broken text is turned into before it is read."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator
from functools import cache
from itertools import pairwise
from pathlib import Path

#: What separates nothing in the text and must not reach a vocabulary: control and format characters, surrogates.
_UNSEEN = re.compile(r"[\x00-\x1f\x7f-\x9f\u200b\u200e\u200f\u202a-\u202e\u2061-\u2069\ufeff\ud800-\udfff]+")

#: What stands inside a word without being a part of it: soft hyphens and joiners, the Arabic tatweel and vowel signs, the
#: Hebrew points, and the dot that lower case leaves of a Turkish İ.
_INSIDE = re.compile(
    "[\u00ad\u034f\u200c\u200d\u2060\u0640\u064b-\u0652\u0656-\u065f\u0670\u06d6-\u06ed"
    "\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7]|(?<=i)\u0307"
)

_HAN = "\u3005\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
_KATAKANA = "\u30a1-\u30fa\u30fc-\u30fe"
_HIRAGANA = "\u3041-\u309f"
_SOUTH_EAST = "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff"
_UNSPACED = _HAN + _KATAKANA + _HIRAGANA + _SOUTH_EAST

_ONE_UNSPACED = re.compile(f"[{_UNSPACED}]")
_ONE_HAN = re.compile(f"[{_HAN}]")
_ONE_KANA = re.compile(f"[{_KATAKANA}{_HIRAGANA}]")
_ONE_HIRAGANA = re.compile(f"[{_HIRAGANA}]")
_ONE_SOUTH_EAST = re.compile(f"[{_SOUTH_EAST}]")
_ONE_HANGUL = re.compile("[\uac00-\ud7a3]")

#: Vowel signs and other marks of spaced scripts: letters to a reader of Hindi, but not to the \w of regular expressions.
_MARKS = "".join(
    mark
    for mark in map(chr, (*range(0x300, 0x3000), *range(0xA66F, 0xAC00), *range(0xFE20, 0xFE30)))
    if unicodedata.category(mark)[0] == "M" and not _ONE_UNSPACED.match(mark)
)

#: A run of one unspaced script, or a word of letters (with + or # behind it: C++, C#).
_TOKEN = re.compile(
    f"[{_HAN}]+|[{_KATAKANA}]+|[{_HIRAGANA}]+|[{_SOUTH_EAST}]+"
    f"|[^\\W\\d_{_UNSPACED}][^\\W{_UNSPACED}]*(?:[{_MARKS}']+[^\\W{_UNSPACED}]*)*(?:\\+\\+|#)?"
)

#: One kana for this many Chinese characters makes a text Japanese, fewer where a character is Chinese alone: kana may be quoted.
_HAN_PER_KANA, _HAN_PER_KANA_IN_DOUBT = 10, 2
_CHINESE_ALONE = re.compile("[你您们們这這么麼吗嗎呢吧请請怎哪很她它]")

#: A Chinese character that begins an inflected Japanese word (炒 in 野菜炒め), by the kana behind it: those that are neither
#: particles nor forms of する.
_INFLECTED = re.compile(f"[{_HAN}](?=[いうえきけげつてぬびぶべむめりるれ]|[くぐ](?!ら)|ち(?!ゃ)|み(?!た))")

#: A run of up to this many Chinese characters is one Japanese word.
_WHOLE = 4

#: Affixes of Japanese words of three characters, in longer runs with an odd number of characters.
_BEFORE = "大小新高超再非未不無全各多副"
_BEHIND = "都道府県市区町村的性化者員部会社式型機器所法力論語類製制国人家店館率量費料史案文集書品系版用点"
_ODD = re.compile(f"((?:..)*?)([{_BEFORE}]..|..[{_BEHIND}])((?:..)*)")

#: Elided articles and pronouns (French, Italian), and endings behind an apostrophe (English, Turkish).
_ELIDED = re.compile("^(?:[a-z]|qu|un|(?:a|da|de|ne|su)ll)'(?=..)|(?<=..)'[a-z]{1,3}$")

#: A consonant with the vowel signs behind it, or before it where they are written there, of South-East Asian scripts; a stacked
#: or closing consonant belongs to the one before.
_CLUSTER = re.compile(
    "[\u0e40-\u0e44\u0ec0-\u0ec4]?.(?:[\u0e30-\u0e3a\u0e45-\u0e4e\u0eb0-\u0ebc\u0ec8-\u0ecd\u102b-\u1038\u103a-\u103e\u1056-\u1059"
    "\u17b6-\u17d1\u17d3\u17dd]|[\u1039\u17d2].|[\u1000-\u1021]\u103a)*"
)

#: Case particles of Korean nouns and endings of verbs made of them: those that follow any syllable, those that follow a final
#: consonant, and those that follow none.
_ANYWHERE = (
    *("해주세요", "하세요", "합니다", "해줘요", "해줘", "해서", "해라", "하는", "하고", "하기", "하여", "했다", "한다"),
    *("에서는", "에게서", "까지", "부터", "에게", "한테", "에서", "처럼", "보다", "에", "의", "도", "만", "를"),
)
_BEHIND_CONSONANT = ("으로부터", "이라는", "으로는", "으로", "이랑", "은", "이", "을", "과")
_BEHIND_VOWEL = ("로부터", "라는", "로는", "로", "랑", "는", "가", "와")
_PARTICLES = sorted(_ANYWHERE + _BEHIND_CONSONANT + _BEHIND_VOWEL, key=len, reverse=True)

#: Nouns whose last syllable looks like a particle, also at the end of compounds.
_NO_PARTICLE = re.compile(
    "(?:주의|회의|강의|정의|동의|논의|속도|온도|제도|태도|정도|지도|강도|빈도|밀도|각도|습도|용도|의도|난이도|도로|경로|회로|진로"
    "|결과|효과|고양이|어린이|떡볶이|차이|나이|길이|깊이|높이|아이|종이|놀이|휴가|추가|증가|참가|물가|불만|미만|가을|마을|노을|모임)$"
)
_HANGUL_FIRST, _FINALS, _RIEUL = 0xAC00, 28, 8

#: Traditional characters, each before its simplified one, for a dictionary of simplified words: of the pairs in OpenCC's table
#: (Apache-2.0), the thousand most used.
_PAIRS = (
    "國国為为這这個个來来會会時时齣出學学說说傢家們们於于後后發发髮发對对長长過过業业裡里經经麵面門门動动進进區区開开"
    "產产軍军還还種种現现機机體体錶表與与噹当當当兩两實实麼么隻只關关從从製制內内沒没將将員员東东頭头間间無无見见戰战"
    "點点場场數数樣样問问並并併并萬万級级應应資资務务迴回係系繫系氣气漢汉總总電电聲声設设義义統统處处馬马兒儿領领隊队"
    "計计別别彆别權权話话報报給给變变書书幾几華华議议稱称決决張张導导朮术術术纔才結结師师達达題题條条規规縣县風风運运"
    "組组聽听佈布濟济黨党論论強强黃黄選选記记卻却職职號号類类傳传帶带乾干幹干榦干農农邊边據据聯联廣广質质陽阳難难曆历"
    "歷历專专認认車车檯台臺台颱台遊游舉举線线團团糰团備备爭争眾众連连調调轉转該该剋克爾尔讓让較较際际親亲單单紅红價价"
    "約约週周亞亚則则屬属積积圖图準准極极裝装許许參参喫吃觀观魚鱼辦办復复複复遠远構构隨随劃划勢势熱热網网語语鐵铁斷断"
    "愛爱紀纪況况証证證证編编侷局滿满覺觉雙双樂乐標标確确織织誌志項项飛飞節节龍龙響响藥药輕轻擊击請请離离顯显羅罗營营"
    "視视護护創创餘余興兴佔占雖虽費费試试寶宝識识維维採采宮宫環环鬥斗鄉乡責责嚴严橋桥僅仅勝胜殺杀圍围蓆席態态楊杨負负"
    "層层須须鬚须續续狀状銀银範范脩修緻致終终錢钱賽赛獨独細细沖冲衝冲獲获穫获習习醫医儘尽盡尽臉脸彈弹樓楼藝艺陸陆協协"
    "鎮镇檢检寫写囌苏甦苏註注驗验緊紧勞劳戶户優优財财養养適适陳陈衛卫唸念雲云傷伤絕绝階阶劉刘剛刚億亿聞闻審审壓压昇升"
    "陞升監监敵敌蘭兰溫温園园樹树徵征詞词島岛預预繼继執执誰谁驚惊畫画輯辑劍剑談谈禮礼願愿築筑亂乱講讲臨临揮挥闆板鬍胡"
    "歐欧葉叶簡简擔担歲岁荊荆貴贵孃娘轄辖幫帮塊块額额錯错劇剧歡欢夠够孫孙陣阵銷销堅坚練练腳脚讀读測测吳吴寧宁換换異异"
    "顧顾順顺鮮鲜敗败貨货礦矿歸归買买險险評评嗎吗廠厂遺遗筆笔輸输鬆松漸渐頂顶訓训錄录畢毕豐丰獻献爺爷納纳鍾钟鐘钟腦脑"
    "飯饭擴扩齊齐趕赶訴诉詩诗礎础屆届濛蒙矇蒙靜静盤盘賣卖灣湾減减祕秘靈灵雜杂澤泽側侧慶庆媽妈館馆補补綵彩舊旧輪轮婦妇"
    "載载懷怀軟软槍枪牆墙惡恶穀谷頓顿穩稳痠酸諸诸綠绿彿佛榮荣針针託托寬宽摺折庫库罷罢謝谢鉅巨頁页睏困擁拥聖圣戲戏獎奖"
    "巖岩幣币圓圆燒烧討讨煙烟菸烟誤误療疗閉闭脫脱鞦秋尋寻崗岗捲卷麗丽橫横駐驻紙纸奪夺燈灯壞坏絲丝徑径購购陰阴擇择憲宪"
    "魯鲁廟庙禦御艦舰課课奧奥虛虚隱隐糧粮絡络搖摇潛潜莊庄廳厅趙赵訪访韋韦噸吨揚扬縱纵紛纷貿贸匯汇彙汇滅灭儀仪緩缓蓋盖"
    "跡迹蹟迹釋释潤润嶺岭蒐搜慮虑鋼钢碼码壇坛罈坛樑梁損损稅税綜综倫伦掛挂韓韩競竞烏乌鋪铺脈脉純纯盃杯謀谋劑剂倖幸謂谓"
    "頻频壯壮騎骑雞鸡蟲虫紹绍銅铜氾泛汎泛擺摆襬摆慾欲簽签籤签縮缩廢废訂订績绩鹽盐薩萨貼贴觸触蓮莲搶抢鬧闹紡纺訊讯譽誉"
    "夢梦夥伙峽峡殘残閃闪賊贼傾倾貧贫諾诺麥麦淚泪輩辈鏡镜貢贡緣缘貝贝罵骂醣糖嶽岳飲饮奮奋彫雕躍跃讚赞贊赞啟启閣阁勁劲"
    "晉晋溝沟鋒锋膽胆憑凭闖闯湯汤遷迁嘆叹歎叹儲储貫贯徹彻鳳凤賞赏遼辽詢询毀毁燬毁淨净棄弃畝亩鼕冬屍尸偉伟覽览齡龄繞绕"
    "濃浓緒绪捨舍藍蓝盪荡蕩荡閱阅鴻鸿慣惯癥症鳥鸟紮扎辭辞窮穷鍵键遞递隸隶厲厉閑闲閒闲襲袭災灾漲涨溼湿濕湿鄭郑譯译鄧邓"
    "腸肠詔诏冊册鍋锅闊阔趨趋錦锦顏颜懸悬誠诚曉晓蔣蒋攝摄罰罚輛辆騰腾繪绘撲扑癒愈頒颁違违貸贷飾饰滾滚遲迟汙污輔辅煩烦"
    "盜盗涼凉岡冈駕驾肅肃撫抚煉炼鍊炼綱纲傑杰憂忧掃扫暫暂漁渔賓宾壽寿豬猪湧涌鄰邻勸劝踐践頃顷賦赋萊莱擬拟賢贤憤愤轟轰"
    "陝陕崑昆臘腊猶犹輝辉頗颇淺浅瀋沈喪丧慘惨驅驱塗涂牽牵鹹咸詳详縴纤纖纤檔档豈岂繡绣嚇吓賴赖盧卢顆颗郵邮絃弦凱凯帥帅"
    "鎖锁帳帐膠胶殼壳臟脏髒脏彎弯擋挡籌筹腫肿桿杆兇凶債债賈贾譜谱夾夹塵尘鑽钻叢丛賀贺擾扰錫锡爐炉紋纹虧亏鑑鉴鑒鉴姦奸"
    "齒齿獸兽礙碍辯辩撥拨恆恒勵励鳴鸣償偿攔拦脅胁紐纽爛烂嘗尝嚐尝闢辟艱艰薦荐釐厘喬乔軸轴噴喷軌轨暢畅霧雾丟丢諮咨潔洁"
    "窩窝飄飘膚肤磚砖贏赢擠挤獅狮診诊釦扣籃篮喚唤俠侠樞枢欄栏糾纠鏈链戀恋懼惧籠笼彌弥瀰弥敘叙弔吊剝剥騙骗獵猎倆俩縫缝"
    "攜携灘滩禍祸馳驰獄狱緯纬蹤踪渾浑繩绳頸颈遙遥鬱郁憶忆閥阀邏逻惱恼貪贪瘋疯偵侦鷹鹰駛驶斬斩鶴鹤賜赐悶闷轎轿輻辐偽伪"
    "拋抛僑侨呂吕飽饱瑪玛鹼碱馮冯倉仓欽钦龐庞洩泄禎祯艙舱壩坝誇夸艷艳豔艳聰聪僕仆瑤瑶謙谦臥卧貓猫銜衔蒼苍漿浆嚥咽鑄铸"
    "懲惩邁迈銳锐顫颤濱滨纏缠餓饿憐怜撐撑腎肾脹胀謹谨鵝鹅醜丑鎊镑兌兑貞贞誕诞稟禀樸朴餅饼狹狭賠赔綿绵誘诱蔔卜頑顽攤摊"
    "賬账鴨鸭掙挣枴拐蘆芦睜睁紗纱凍冻脣唇軒轩蠻蛮暈晕鵬鹏棲栖疊叠輿舆齋斋蕭萧皺皱蝕蚀釘钉闡阐捱挨鬨哄遜逊銘铭慼戚碩硕"
    "賭赌饒饶滬沪僱雇擲掷厭厌淵渊氫氢潰溃顛颠鉛铅輓挽禪禅韻韵嬰婴悅悦餚肴湊凑燭烛茲兹殲歼鈞钧滲渗窯窑廈厦諧谐櫃柜誼谊"
    "壺壶賺赚譚谭勛勋勳勋飼饲褲裤薑姜疇畴餵喂恥耻犧牺販贩豎竖傘伞曬晒鱗鳞傭佣龜龟潑泼屢屡瞞瞒廝厮璿璇颳刮鉤钩諒谅黴霉"
    "闕阙墳坟寵宠鰭鳍訟讼蝦虾濤涛鞏巩灑洒棗枣滯滞啞哑煥焕娛娱撈捞蠟蜡嬸婶嬌娇廚厨囑嘱祿禄贈赠鈴铃虜虏飢饥饑饥締缔蘊蕴"
)
_SIMPLIFIED = str.maketrans(dict(zip(_PAIRS[::2], _PAIRS[1::2], strict=True)))

#: Scripts by the beginning of their characters' Unicode names, for prompts whose language is not known.
_SCRIPTS = ("LATIN", "CYRILLIC", "ARABIC", "HANGUL", "HIRAGANA", "KATAKANA", "CJK", "GREEK", "HEBREW", "DEVANAGARI", "THAI")


def clean(text: str) -> str:
    """Text as it is read: compatible characters made one (NFKC), lower case, without what is not seen or not read."""
    seen = _UNSEEN.sub(" ", text)
    if seen.isascii():
        return seen.lower()
    # NFKC takes the Thai and Lao vowel am apart, which nobody writes so.
    same = unicodedata.normalize("NFKC", seen).replace("\u0e4d\u0e32", "\u0e33").replace("\u0ecd\u0eb2", "\u0eb3")
    return _INSIDE.sub("", same.lower()).replace("’", "'")


def script(text: str) -> str:
    """The script of most of the first letters of a text, by its Unicode name; an empty string where there are none."""
    counts: dict[str, int] = {}
    for letter in [letter for letter in text[:200] if letter.isalpha()][:60]:
        name = unicodedata.name(letter, "").partition(" ")[0]
        counts[name] = counts.get(name, 0) + 1
    if counts.get("HIRAGANA", 0) + counts.get("KATAKANA", 0) > 0:
        return "HIRAGANA"  # Japanese mixes three scripts, and no other language has these two
    found = max(counts, key=lambda name: counts[name], default="")
    return found if found in _SCRIPTS else ""


def runs(text: str) -> Iterator[tuple[str, bool]]:
    """Words, and runs of unspaced scripts, of a clean text; True for the latter."""
    for found in _TOKEN.finditer(text):
        word = found.group()
        yield word.strip("'"), bool(_ONE_UNSPACED.match(word))


def tokens(text: str) -> list[str]:
    """The words of a text, as c-TF-IDF and the default embedding see them, stop words left out.

    Spaced scripts: words of letters; Korean ones lose their particle or ending. Chinese: words of jieba's dictionary, of two
    characters or more. Japanese: runs of katakana and of kanji are words, long runs of kanji are cut; hiragana is mostly
    inflection and is left out, with the kanji that it inflects. Thai, Lao, Burmese and Khmer: pairs of syllables, as far as
    the script shows them. Numbers are no words.
    """
    read = clean(text)
    cut = _chinese
    if _japanese(read):
        read, cut = _INFLECTED.sub(" ", read), _kanji
    return [word for run, unspaced in runs(read) for word in _words(run, unspaced, cut) if word not in stop_words()]


def _words(run: str, unspaced: bool, cut: Callable[[str], list[str]]) -> list[str]:
    if not unspaced:
        return _spaced(run)
    if _ONE_HIRAGANA.match(run) or len(run) < 2:
        return []
    if _ONE_HAN.match(run):
        return cut(run)
    return _syllables(run) if _ONE_SOUTH_EAST.match(run) else [run]


def _spaced(run: str) -> list[str]:
    if _ONE_HANGUL.match(run[-1:]):
        return [_without_particle(run)]
    word = _ELIDED.sub("", run) if "'" in run and run not in stop_words() else run
    return [word] if len(word) > 1 else []


def _japanese(text: str) -> bool:
    if text.isascii():
        return False
    kana = len(_ONE_KANA.findall(text))
    most = _HAN_PER_KANA_IN_DOUBT if kana and _CHINESE_ALONE.search(text) else _HAN_PER_KANA
    return kana > 0 and kana * most >= len(_ONE_HAN.findall(text))


def _chinese(run: str) -> list[str]:
    """Words by jieba, with its model of words that its dictionary lacks; cut as simplified, given as written."""
    import rjieba  # late: only Chinese prompts need it

    found, place = [], 0
    for word in rjieba.cut(run.translate(_SIMPLIFIED)):
        if len(word) > 1 and word not in stop_words():
            found.append(run[place : place + len(word)])
        place += len(word)
    return found


def _kanji(run: str) -> list[str]:
    """A short run whole; a longer one as words of two characters, with one of three at the first affix if it is odd."""
    if len(run) <= _WHOLE:
        return [run]
    odd = _ODD.fullmatch(run) if len(run) % 2 else None
    before, word, behind = odd.groups() if odd else (run[: -(len(run) % 2 + 2)], run[-(len(run) % 2 + 2) :], "")
    return [*_pairs(before), word, *_pairs(behind)]


def _pairs(run: str) -> list[str]:
    return [run[place : place + 2] for place in range(0, len(run), 2)]


def _syllables(run: str) -> list[str]:
    """Neighbours two by two: a single syllable says too little, and where a word ends the script does not show."""
    parts = _CLUSTER.findall(run)
    return [first + second for first, second in pairwise(parts)]


def _without_particle(word: str) -> str:
    if _NO_PARTICLE.search(word):
        return word
    for particle in _PARTICLES:
        stem = word.removesuffix(particle)
        if len(word) > len(stem) >= 2 and _fits(stem[-1], particle):
            return stem
    return word


def _fits(syllable: str, particle: str) -> bool:
    """Whether a particle may follow a syllable: some ask for a final consonant, some for none."""
    if particle in _ANYWHERE or not _ONE_HANGUL.match(syllable):
        return True
    final = (ord(syllable) - _HANGUL_FIRST) % _FINALS
    if particle in _BEHIND_CONSONANT:
        return final > 0
    return final == 0 or (final == _RIEUL and particle[0] == "로")


@cache
def stop_words() -> frozenset[str]:
    """Words without a topic in the common languages (`stop_words.txt`, one language a line)."""
    lines = Path(__file__).with_name("stop_words.txt").read_text(encoding="utf-8").splitlines()
    return frozenset(word for line in lines for word in line.partition(":")[2].split())
