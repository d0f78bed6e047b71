"""Texts and how many parts they cost, worked out by hand or by ``least_parts``, which shares nothing with the code.

A text is written as runs of units: ``a*152 euro a*152`` is 152 letters, a euro sign, 152 letters. Each unit's width is stated here from
the standards: in septets, where GSM 03.38 has it (3GPP TS 23.038, 6.2.1 and 6.2.1.1), and in UTF-16 units for UCS-2.
A part holds 160 septets, or 153 where there are more parts; 70 UTF-16 units, or 67.
"""

UNITS: dict[str, tuple[str, int | None, int]] = {
    # name: (text, septets, UTF-16 units)
    "a": ("a", 1, 1),
    "at": ("@", 1, 1),
    "lf": ("\n", 1, 1),
    "sp": (" ", 1, 1),
    "eacute": ("é", 1, 1),
    "omega": ("Ω", 1, 1),
    "szlig": ("ß", 1, 1),
    "euro": ("€", 2, 1),
    "brace": ("{", 2, 1),
    "tilde": ("~", 2, 1),
    "ff": ("\f", 2, 1),
    "ccedil": ("ç", None, 1),  # GSM 03.38 has the capital alone
    "tick": ("`", None, 1),
    "zhe": ("ж", None, 1),
    "alef": ("א", None, 1),
    "han": ("中", None, 1),
    "curly": ("’", None, 1),
    "smile": ("😀", None, 2),  # U+1F600: a surrogate pair
    "heart": ("❤️", None, 2),  # U+2764 U+FE0F
    "keycap": ("1️⃣", None, 3),  # U+0031 U+FE0F U+20E3
    "flag": ("🇩🇪", None, 4),  # two regional indicators of 2
    "thumb": ("👍🏽", None, 4),  # U+1F44D and a skin tone, 2 each
    "couple": ("👩‍❤️‍👨", None, 8),  # 2 + joiner 1 + heart 2 + joiner 1 + 2
    "medic": ("👩🏽‍⚕️", None, 7),  # 2 + skin tone 2 + joiner 1 + U+2695 U+FE0F
    "family": ("👨‍👩‍👧‍👦", None, 11),  # four of 2 and three joiners
    "england": ("🏴󠁧󠁢󠁥󠁮󠁧󠁿", None, 14),  # a flag of 2 and six tags of 2
    "ki": ("कि", None, 2),  # a letter and its vowel sign
    "acute": ("x\u0301", None, 2),  # no composed letter
    "zalgo": ("x" + "\u0301" * 80, None, 81),  # wider than any part: it comes apart
}

PARTS = {"gsm7": (160, 153), "ucs2": (70, 67)}


def runs(row: str) -> list[str]:
    """The names of the units of a row, one after the other."""
    listed = (run.partition("*") for run in row.split())
    return [name for name, _, count in listed for _ in range(int(count or 1))]


def text_of(row: str) -> str:
    return "".join(UNITS[name][0] for name in runs(row))


def widths_of(encoding: str, row: str) -> list[int]:
    """What each unit takes; one that is wider than a part is taken apart into its characters, each of one UTF-16 unit."""
    widths: list[int] = []
    for name in runs(row):
        _, septets, units = UNITS[name]
        width = septets if encoding == "gsm7" else units
        assert width is not None, f"{name} is not in GSM 03.38"
        widths += [1] * width if width > PARTS[encoding][1] else [width]
    return widths


def least_parts(encoding: str, row: str) -> int:
    """The fewest parts over every way to cut between units: no packing, a search from the end."""
    widths, (single, part) = widths_of(encoding, row), PARTS[encoding]
    if sum(widths) <= single:
        return 1
    ahead = [0, *(0 for _ in widths)]
    for start in range(len(widths) - 1, -1, -1):
        room, best = part, len(widths) + 1
        for end in range(start, len(widths)):
            room -= widths[end]
            if room < 0:
                break
            best = min(best, 1 + ahead[end + 1])
        ahead[start] = best
    return ahead[0]


BY_HAND: list[tuple[str, str, int]] = [
    # One part of 160 septets, 153 in each of more.
    ("gsm7", "a*1", 1),  # 1 septet
    ("gsm7", "a*159", 1),  # 159
    ("gsm7", "a*160", 1),  # 160 is full
    ("gsm7", "a*161", 2),  # 153 + 8
    ("gsm7", "a*306", 2),  # 153 + 153
    ("gsm7", "a*307", 3),  # 153 + 153 + 1
    ("gsm7", "a*459", 3),  # 3 x 153
    ("gsm7", "a*460", 4),  # and 1
    ("gsm7", "a*612", 4),  # 4 x 153
    ("gsm7", "a*1530", 10),  # 10 x 153: the most that carriers take
    ("gsm7", "a*1531", 11),  # and 1
    ("gsm7", "lf*160", 1),  # a line feed is a character of the alphabet
    ("gsm7", "lf*161", 2),
    ("gsm7", "omega*160", 1),  # so is a Greek capital
    ("gsm7", "eacute*161", 2),  # and é
    # Escaped characters take two septets, and the escape stays with what it escapes.
    ("gsm7", "euro*80", 1),  # 160
    ("gsm7", "euro*81", 2),  # 162: 76 pairs (152) + 5
    ("gsm7", "euro*152", 2),  # 76 pairs a part, 153 is odd: 76 + 76
    ("gsm7", "euro*153", 3),  # 306 septets, but 76 + 76 + 1
    ("gsm7", "a*158 euro", 1),  # 160
    ("gsm7", "a*159 euro", 2),  # 161
    ("gsm7", "a*152 euro a*5", 1),  # 159
    ("gsm7", "a*152 euro a*7", 2),  # 161: 152 | 2 + 7
    ("gsm7", "a*152 euro a*151", 2),  # 152 | 2 + 151
    ("gsm7", "a*152 euro a*152", 3),  # 306 septets, but 152 | 2 + 151 | 1
    ("gsm7", "a*151 euro a*153", 2),  # 153 | 153: the pair ends the part
    ("gsm7", "a*153 euro a*151", 2),  # 153 | 2 + 151: it begins one
    ("gsm7", "a*152 brace a*151 brace a*10", 3),  # 152 | 2 + 151 | 2 + 10
    ("gsm7", "a*152 tilde a*150 tilde", 3),  # 152 | 2 + 150, one septet left | 2
    ("gsm7", "a*152 tilde a*149 tilde", 2),  # 152 | 2 + 149 + 2
    ("gsm7", "ff*80", 1),  # a form feed is escaped too
    ("gsm7", "ff*80 a", 2),  # 161
    ("gsm7", "brace a*158", 1),  # 160
    ("gsm7", "brace a*159", 2),  # 161
    ("gsm7", "a*304 euro", 2),  # 153 | 151 + 2
    ("gsm7", "a*305 euro", 3),  # 153 | 152 | 2: one septet is no room
    # One foreign character turns all to UTF-16 units: 70, or 67 a part.
    ("ucs2", "zhe*70", 1),
    ("ucs2", "zhe*71", 2),  # 67 + 4
    ("ucs2", "zhe*134", 2),  # 67 + 67
    ("ucs2", "zhe*135", 3),
    ("ucs2", "zhe*201", 3),  # 3 x 67
    ("ucs2", "zhe*202", 4),
    ("ucs2", "zhe*670", 10),  # 10 x 67
    ("ucs2", "zhe*671", 11),
    ("ucs2", "a*69 zhe", 1),  # 70
    ("ucs2", "a*70 zhe", 2),  # 71
    ("ucs2", "a*159 zhe", 3),  # 160 units: 67 + 67 + 26, where 160 of GSM 03.38 are one part
    ("ucs2", "euro*69 zhe", 1),  # no escape in UCS-2: 70
    ("ucs2", "euro*70 zhe", 2),
    ("ucs2", "ccedil*70", 1),  # ç is not Ç
    ("ucs2", "tick a*69", 1),  # a grave accent alone is not in the alphabet
    ("ucs2", "tick a*70", 2),
    ("ucs2", "curly a*159", 3),  # one curly apostrophe: 160 units
    # A surrogate pair stays together.
    ("ucs2", "smile*35", 1),  # 70
    ("ucs2", "smile*36", 2),  # 72: 33 pairs (66) + 3
    ("ucs2", "smile*66", 2),  # 33 + 33
    ("ucs2", "smile*67", 3),  # 134 units, but 33 + 33 + 1
    ("ucs2", "a*66 smile a*65", 2),  # 66 | 2 + 65
    ("ucs2", "a*66 smile a*66", 3),  # 134 units, but 66 | 2 + 65 | 1
    ("ucs2", "a*65 smile a*67", 2),  # 67 | 67
    # Emoji of several characters stay together.
    ("ucs2", "flag*17", 1),  # 68
    ("ucs2", "flag*18", 2),  # 72: 16 flags (64) + 2
    ("ucs2", "flag*32", 2),  # 16 + 16
    ("ucs2", "flag*33", 3),  # 132 units, but 16 + 16 + 1
    ("ucs2", "family*6", 1),  # 66
    ("ucs2", "family*7", 2),  # 77: 6 (66) + 1
    ("ucs2", "family*12", 2),  # 6 + 6
    ("ucs2", "family*13", 3),  # 143: 6 + 6 + 1
    ("ucs2", "a*57 family a*60", 3),  # 128 units, but 57 | 11 + 56 | 4
    ("ucs2", "a*57 family a*56", 2),  # 57 | 11 + 56
    ("ucs2", "a*56 family a*67", 2),  # 67 | 67
    ("ucs2", "thumb*16 a*3", 1),  # 67
    ("ucs2", "thumb*17 a*3", 2),  # 71: 16 (64) | 4 + 3
    ("ucs2", "england*5", 1),  # 70
    ("ucs2", "england*6", 2),  # 84: 4 (56) + 2
    ("ucs2", "england*9", 3),  # 126 units, but 4 + 4 + 1
    ("ucs2", "medic*10", 1),  # 70
    ("ucs2", "medic*19", 3),  # 133 units, but 9 (63) + 9 + 1
    ("ucs2", "keycap*23", 1),  # 69
    ("ucs2", "keycap*45", 3),  # 135: 22 (66) + 22 + 1
    ("ucs2", "a*66 heart a*66", 3),  # 134 units, but 66 | 2 + 65 | 1
    # A letter and its marks stay together; what no part could hold comes apart.
    ("ucs2", "ki*35", 1),  # 70
    ("ucs2", "ki*67", 3),  # 134 units, but 33 + 33 + 1
    ("ucs2", "acute*36", 2),  # 72: 33 (66) + 3
    ("ucs2", "a*66 acute a*65", 2),  # 66 | 2 + 65
    ("ucs2", "zalgo", 2),  # 81: 67 + 14
    ("ucs2", "a*60 zalgo", 3),  # 141 units of one each: 67 + 67 + 7
]

# fmt: off
BY_SEARCH: list[tuple[str, str, int]] = [
    ("gsm7", "at*160", 1), ("gsm7", "at*161", 2), ("gsm7", "at*306", 2), ("gsm7", "at*307", 3), ("gsm7", "at*459", 3),
    ("gsm7", "lf*306", 2), ("gsm7", "lf*307", 3), ("gsm7", "lf*459", 3), ("gsm7", "sp*160", 1), ("gsm7", "sp*161", 2),
    ("gsm7", "sp*306", 2), ("gsm7", "sp*307", 3), ("gsm7", "sp*459", 3), ("gsm7", "eacute*160", 1),
    ("gsm7", "eacute*306", 2), ("gsm7", "eacute*307", 3), ("gsm7", "eacute*459", 3), ("gsm7", "omega*161", 2),
    ("gsm7", "omega*306", 2), ("gsm7", "omega*307", 3), ("gsm7", "omega*459", 3), ("gsm7", "szlig*160", 1),
    ("gsm7", "szlig*161", 2), ("gsm7", "szlig*306", 2), ("gsm7", "szlig*307", 3), ("gsm7", "szlig*459", 3),
    ("gsm7", "euro*154", 3), ("gsm7", "euro*229", 4), ("gsm7", "brace*80", 1), ("gsm7", "brace*81", 2),
    ("gsm7", "brace*153", 3), ("gsm7", "brace*154", 3), ("gsm7", "brace*229", 4), ("gsm7", "tilde*80", 1),
    ("gsm7", "tilde*81", 2), ("gsm7", "tilde*153", 3), ("gsm7", "tilde*154", 3), ("gsm7", "tilde*229", 4),
    ("gsm7", "ff*81", 2), ("gsm7", "ff*153", 3), ("gsm7", "ff*154", 3), ("gsm7", "ff*229", 4),
    ("ucs2", "ccedil*71", 2), ("ucs2", "ccedil*134", 2), ("ucs2", "ccedil*135", 3), ("ucs2", "tick*70", 1),
    ("ucs2", "tick*71", 2), ("ucs2", "tick*134", 2), ("ucs2", "tick*135", 3), ("ucs2", "alef*70", 1),
    ("ucs2", "alef*71", 2), ("ucs2", "alef*134", 2), ("ucs2", "alef*135", 3), ("ucs2", "han*70", 1),
    ("ucs2", "han*71", 2), ("ucs2", "han*134", 2), ("ucs2", "han*135", 3), ("ucs2", "curly*70", 1),
    ("ucs2", "curly*71", 2), ("ucs2", "curly*134", 2), ("ucs2", "curly*135", 3), ("ucs2", "smile*68", 3),
    ("ucs2", "heart*35", 1), ("ucs2", "heart*36", 2), ("ucs2", "heart*67", 3), ("ucs2", "heart*68", 3),
    ("ucs2", "keycap*24", 2), ("ucs2", "keycap*44", 2), ("ucs2", "flag*34", 3), ("ucs2", "thumb*17", 1),
    ("ucs2", "thumb*18", 2), ("ucs2", "thumb*33", 3), ("ucs2", "thumb*34", 3), ("ucs2", "couple*8", 1),
    ("ucs2", "couple*9", 2), ("ucs2", "couple*16", 2), ("ucs2", "couple*17", 3), ("ucs2", "medic*11", 2),
    ("ucs2", "medic*20", 3), ("ucs2", "england*10", 3), ("ucs2", "ki*36", 2), ("ucs2", "ki*68", 3),
    ("ucs2", "acute*35", 1), ("ucs2", "acute*67", 3), ("ucs2", "acute*68", 3), ("gsm7", "a*150 euro a*150", 2),
    ("gsm7", "a*150 euro a*151", 2), ("gsm7", "a*150 euro a*152", 2), ("gsm7", "a*151 euro a*150", 2),
    ("gsm7", "a*151 euro a*151", 2), ("gsm7", "a*151 euro a*152", 2), ("gsm7", "a*152 euro a*150", 2),
    ("gsm7", "a*153 euro a*150", 2), ("gsm7", "a*153 euro a*152", 3), ("gsm7", "a*150 ff a*150", 2),
    ("gsm7", "a*150 ff a*151", 2), ("gsm7", "a*150 ff a*152", 2), ("gsm7", "a*151 ff a*150", 2),
    ("gsm7", "a*151 ff a*151", 2), ("gsm7", "a*151 ff a*152", 2), ("gsm7", "a*152 ff a*150", 2),
    ("gsm7", "a*152 ff a*151", 2), ("gsm7", "a*152 ff a*152", 3), ("gsm7", "a*153 ff a*150", 2),
    ("gsm7", "a*153 ff a*151", 2), ("gsm7", "a*153 ff a*152", 3), ("ucs2", "a*64 smile a*65", 2),
    ("ucs2", "a*64 smile a*66", 2), ("ucs2", "a*65 smile a*65", 2), ("ucs2", "a*65 smile a*66", 2),
    ("ucs2", "a*62 flag a*63", 2), ("ucs2", "a*62 flag a*66", 2), ("ucs2", "a*63 flag a*63", 2),
    ("ucs2", "a*63 flag a*66", 2), ("ucs2", "a*64 flag a*63", 2), ("ucs2", "a*64 flag a*66", 3),
    ("ucs2", "a*66 flag a*63", 2), ("ucs2", "a*66 flag a*66", 3), ("ucs2", "a*55 family a*56", 2),
    ("ucs2", "a*55 family a*66", 2), ("ucs2", "a*56 family a*56", 2), ("ucs2", "a*56 family a*66", 2),
    ("ucs2", "a*57 family a*66", 3), ("ucs2", "a*66 family a*56", 2), ("ucs2", "a*66 family a*66", 3),
    ("ucs2", "a*58 couple a*59", 2), ("ucs2", "a*58 couple a*66", 2), ("ucs2", "a*59 couple a*59", 2),
    ("ucs2", "a*59 couple a*66", 2), ("ucs2", "a*60 couple a*59", 2), ("ucs2", "a*60 couple a*66", 3),
    ("ucs2", "a*66 couple a*59", 2), ("ucs2", "a*66 couple a*66", 3), ("ucs2", "a*52 england a*53", 2),
    ("ucs2", "a*52 england a*66", 2), ("ucs2", "a*53 england a*53", 2), ("ucs2", "a*53 england a*66", 2),
    ("ucs2", "a*54 england a*53", 2), ("ucs2", "a*54 england a*66", 3), ("ucs2", "a*66 england a*53", 2),
    ("ucs2", "a*66 england a*66", 3), ("ucs2", "a*59 medic a*60", 2), ("ucs2", "a*59 medic a*66", 2),
    ("ucs2", "a*60 medic a*60", 2), ("ucs2", "a*60 medic a*66", 2), ("ucs2", "a*61 medic a*60", 2),
    ("ucs2", "a*61 medic a*66", 3), ("ucs2", "a*66 medic a*60", 2), ("ucs2", "a*66 medic a*66", 3),
    ("ucs2", "a*63 keycap a*64", 2), ("ucs2", "a*63 keycap a*66", 2), ("ucs2", "a*64 keycap a*64", 2),
    ("ucs2", "a*64 keycap a*66", 2), ("ucs2", "a*65 keycap a*64", 2), ("ucs2", "a*65 keycap a*66", 3),
    ("ucs2", "a*66 keycap a*64", 2), ("ucs2", "a*66 keycap a*66", 3), ("gsm7", "eacute*2 szlig*80 lf*2", 1),
    ("gsm7", "a*77 brace*40", 1), ("gsm7", "sp*152 brace*76", 2), ("gsm7", "lf*2 eacute*7 a*40 eacute*7", 1),
    ("gsm7", "eacute*40 ff*76 at*153", 3), ("gsm7", "ff*77 brace*7 lf*7 euro*40", 2), ("gsm7", "brace*40 a*40", 1),
    ("gsm7", "brace*7 szlig*77 tilde*40 szlig*80", 2), ("gsm7", "sp*40 eacute*1 at*1", 1),
    ("gsm7", "ff*40 brace*152 ff*80 omega*3 ff*7", 4), ("gsm7", "szlig*7 ff*80", 2),
    ("gsm7", "lf*76 szlig*153 omega*152 sp*76", 3), ("gsm7", "a*7 eacute*153", 1), ("gsm7", "at*76 lf*40 euro*1", 1),
    ("gsm7", "omega*2 eacute*76", 1), ("gsm7", "omega*40 omega*3", 1),
    ("gsm7", "tilde*2 eacute*153 sp*80 eacute*3 eacute*77", 3), ("gsm7", "omega*153 a*76 a*80", 3),
    ("gsm7", "omega*76 eacute*153 at*80", 3), ("gsm7", "szlig*7 at*1 a*1", 1),
    ("gsm7", "tilde*3 tilde*1 brace*80", 2), ("gsm7", "omega*1 at*152 eacute*77", 2),
    ("gsm7", "euro*7 sp*80 szlig*80", 2), ("gsm7", "sp*77 euro*7", 1),
    ("gsm7", "sp*80 sp*1 a*40 eacute*7 brace*7", 1), ("gsm7", "szlig*40 lf*76 a*76", 2), ("gsm7", "tilde*77 ff*1", 1),
    ("gsm7", "szlig*2 szlig*7 tilde*3 omega*40 ff*80", 2), ("gsm7", "szlig*152 sp*40 omega*77 euro*2", 2),
    ("gsm7", "ff*7 a*77 tilde*3 eacute*1", 1), ("gsm7", "ff*80 tilde*80 szlig*77", 3),
    ("gsm7", "a*7 lf*1 tilde*40", 1), ("gsm7", "szlig*77 sp*152", 2), ("gsm7", "sp*3 ff*153", 3),
    ("gsm7", "brace*80 brace*80 a*2 a*153", 4), ("gsm7", "euro*152 eacute*153", 3), ("gsm7", "a*76 at*152 a*40", 2),
    ("gsm7", "at*2 brace*80 szlig*7 eacute*77", 2), ("gsm7", "euro*77 at*2 at*153", 3),
    ("gsm7", "brace*77 szlig*80 at*7 ff*40", 3), ("gsm7", "szlig*2 brace*3 omega*3 lf*3 omega*80", 1),
    ("gsm7", "eacute*152 a*3 a*40 at*152", 3), ("gsm7", "euro*153 euro*152", 5), ("gsm7", "brace*7 szlig*40", 1),
    ("gsm7", "sp*3 ff*1 ff*1 tilde*76", 1), ("gsm7", "tilde*40 brace*80 tilde*153 euro*77 lf*40", 5),
    ("gsm7", "ff*76 lf*77 at*153 lf*153", 4), ("gsm7", "eacute*76 sp*153 omega*153", 3), ("gsm7", "at*77 ff*3", 1),
    ("gsm7", "ff*76 omega*3 eacute*1 tilde*1", 1), ("gsm7", "omega*2 lf*3", 1),
    ("gsm7", "ff*153 at*2 lf*80 ff*7 tilde*40", 4), ("gsm7", "tilde*7 euro*7 eacute*76 sp*76 brace*152", 4),
    ("gsm7", "szlig*152 szlig*76 eacute*80 szlig*153 a*40", 4), ("gsm7", "brace*80 brace*153 omega*77", 4),
    ("gsm7", "tilde*1 lf*152 at*80 ff*76 tilde*40", 4), ("gsm7", "eacute*80 sp*80", 1), ("gsm7", "lf*7 at*40", 1),
    ("gsm7", "a*3 szlig*153 ff*153", 4), ("gsm7", "a*152 sp*3 at*7 a*76", 2), ("gsm7", "at*40 a*40", 1),
    ("gsm7", "lf*77 lf*2 brace*76", 2), ("gsm7", "brace*3 brace*77", 1), ("gsm7", "sp*40 euro*152 at*77", 3),
    ("gsm7", "lf*40 brace*77 brace*40", 2), ("gsm7", "omega*3 szlig*1 szlig*1 eacute*1 eacute*3", 1),
    ("gsm7", "lf*2 tilde*1", 1), ("gsm7", "sp*152 a*80 brace*3", 2),
    ("gsm7", "ff*77 omega*3 brace*153 sp*2 euro*153", 6), ("gsm7", "eacute*77 tilde*1 ff*7 eacute*153", 2),
    ("gsm7", "euro*76 at*7 omega*2 ff*1", 2), ("gsm7", "brace*80 omega*2 lf*1 euro*152", 4),
    ("gsm7", "a*7 ff*2 omega*153", 2), ("gsm7", "eacute*2 brace*152 a*2", 3), ("gsm7", "tilde*40 tilde*1 a*1", 1),
    ("gsm7", "lf*7 omega*7 omega*40 szlig*153 szlig*1", 2), ("gsm7", "szlig*80 at*152 brace*40", 3),
    ("gsm7", "sp*77 omega*3 sp*1 euro*77", 2), ("gsm7", "omega*77 ff*77 omega*153 sp*40", 3),
    ("gsm7", "brace*2 a*77 eacute*153 eacute*3", 2), ("gsm7", "at*3 tilde*2 sp*40 ff*7", 1),
    ("gsm7", "at*76 a*80 tilde*7 lf*2 sp*152", 3), ("gsm7", "at*76 eacute*153", 2), ("gsm7", "at*3 a*3 ff*7", 1),
    ("gsm7", "a*153 omega*76 tilde*76 lf*3", 3), ("gsm7", "a*1 lf*1 ff*40", 1),
    ("gsm7", "at*7 lf*77 euro*153 brace*80 brace*76", 5), ("ucs2", "family*17 zhe*5 tick*16 alef*5", 4),
    ("ucs2", "flag*5 keycap*5 euro*17 couple*3", 2), ("ucs2", "alef*17 a*66 a*35", 2), ("ucs2", "medic*3 ff*33", 1),
    ("ucs2", "han*5 tick*2 a*17 tick*16 han*67", 2), ("ucs2", "ki*66 sp*1", 2),
    ("ucs2", "acute*67 flag*1 heart*1", 3), ("ucs2", "brace*67 ki*16 keycap*5 alef*33 han*17", 3),
    ("ucs2", "szlig*66 family*1 couple*66 tick*3", 10), ("ucs2", "euro*3 curly*3 ki*66 keycap*3", 3),
    ("ucs2", "couple*1 heart*67", 3), ("ucs2", "szlig*16 heart*35 keycap*16", 3),
    ("ucs2", "curly*3 thumb*16 flag*33", 4), ("ucs2", "a*2 couple*5", 1),
    ("ucs2", "alef*3 couple*5 tick*2 sp*2 ki*1", 1), ("ucs2", "ff*2 acute*2", 1),
    ("ucs2", "szlig*2 smile*3 thumb*33 couple*3", 3), ("ucs2", "england*66 acute*17", 17),
    ("ucs2", "keycap*3 alef*1 keycap*16 omega*66", 2), ("ucs2", "england*5 ff*67 tick*35 keycap*3 han*35", 4),
    ("ucs2", "keycap*67 smile*67", 6), ("ucs2", "szlig*66 ccedil*35 szlig*67 thumb*16 ff*16", 4),
    ("ucs2", "ccedil*3 couple*35 alef*2 szlig*16", 5), ("ucs2", "ccedil*1 smile*66", 2),
    ("ucs2", "brace*33 brace*5 couple*35", 5), ("ucs2", "sp*1 ccedil*33 tick*3 smile*33 ff*1", 2),
    ("ucs2", "acute*1 tick*17 ccedil*17", 1), ("ucs2", "medic*35 england*17", 9),
    ("ucs2", "sp*1 curly*2 family*16 zhe*2 heart*3", 3), ("ucs2", "han*33 couple*16 han*33", 3),
    ("ucs2", "ki*66 thumb*2", 3), ("ucs2", "curly*66 medic*1 alef*66 tick*5 brace*67", 4),
    ("ucs2", "england*33 curly*35 heart*33", 10), ("ucs2", "curly*17 ccedil*35", 1),
    ("ucs2", "euro*67 ccedil*3 couple*35 omega*33", 6), ("ucs2", "flag*66 tick*3 tick*1 smile*35 acute*67", 8),
    ("ucs2", "heart*17 at*35 omega*67 a*5", 3), ("ucs2", "couple*5 zhe*5 at*35 ki*66", 4),
    ("ucs2", "curly*5 heart*1", 1), ("ucs2", "ki*66 smile*35 smile*17", 4),
    ("ucs2", "keycap*67 tilde*16 han*16 zhe*2", 4), ("ucs2", "ccedil*2 tick*5", 1),
    ("ucs2", "medic*2 at*3 curly*35", 1), ("ucs2", "medic*35 zhe*66 smile*66 alef*35 acute*35", 9),
    ("ucs2", "alef*16 keycap*33 keycap*67 brace*17", 6), ("ucs2", "alef*3 ki*33 ki*66 medic*3", 4),
    ("ucs2", "ki*66 flag*2 smile*16", 3), ("ucs2", "sp*2 acute*66", 3), ("ucs2", "keycap*5 tilde*2", 1),
    ("ucs2", "zhe*33 acute*17 keycap*67 tilde*3", 5), ("ucs2", "smile*17 ccedil*1 flag*5 family*5 medic*66", 9),
    ("ucs2", "smile*17 ccedil*17 curly*2 flag*35 omega*35", 4), ("ucs2", "tilde*35 omega*2 eacute*16 keycap*17", 2),
    ("ucs2", "flag*3 flag*33", 3), ("ucs2", "zhe*17 ki*5 couple*5", 1),
    ("ucs2", "heart*33 england*5 szlig*1 curly*67 euro*1", 4), ("ucs2", "family*17 acute*16 tick*1", 4),
    ("ucs2", "tick*5 medic*17 at*35", 3), ("ucs2", "a*33 medic*16 zhe*3 keycap*35", 4),
    ("ucs2", "keycap*67 alef*66 tick*3 ki*2", 5), ("ucs2", "tick*33 heart*16 couple*35 medic*3 acute*1", 6),
]
# fmt: on

ROWS = [*BY_HAND, *BY_SEARCH]
