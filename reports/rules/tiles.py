"""Where a country's square stands on the map: roughly its place in the world, one square each."""

_MAP = """
-- -- -- GL -- -- -- -- -- IS -- -- NO SE FI -- -- -- -- -- -- -- -- --
-- CA -- -- -- -- -- -- -- -- -- -- -- DK EE LV LT RU -- -- -- -- -- --
-- US BM -- -- -- -- FO IE GB IM NL BE DE PL BY UA KZ KG MN -- KP JP --
-- MX BS -- -- -- -- -- JE GG FR LU CH AT CZ SK MD UZ TJ CN -- KR TW --
GT BZ CU HT DO PR -- PT ES AD MC LI IT SI HU RO GE TM AF BT NP HK MO --
SV HN JM KN AG VI -- -- GI -- SM VA HR BA RS BG AM AZ PK IN BD MM LA VN
NI CR -- LC DM BB -- -- -- -- MT AL ME MK XK GR TR IQ IR LK MV TH KH PH
PA CO VE TT GD VC -- MA DZ TN LY EG IL LB SY CY JO KW QA -- MY SG BN PW
EC GY SR GF -- -- -- MR ML NE TD SD ER DJ PS SA BH AE OM -- ID TL PG FM
PE BR -- -- -- CV SN GM BF NG CM CF ET SO YE -- SC -- -- -- AU NC SB MH
BO PY -- -- -- -- GN GW CI GH GQ SS UG KE -- -- MU RE -- -- NZ VU FJ KI
CL UY -- -- -- -- SL LR TG BJ GA CG RW TZ KM -- YT -- -- -- -- NR TO TV
AR FK -- -- -- -- -- -- -- ST AO CD BI MW MG -- -- -- -- -- -- WS CK PF
-- -- -- -- -- -- -- -- -- -- NA ZM ZW MZ -- -- -- -- -- -- -- GU AS --
-- -- -- -- -- -- -- -- -- -- -- BW ZA SZ LS -- -- -- -- -- -- -- -- --
"""


def _places() -> dict[str, tuple[int, int]]:
    lines = _MAP.strip().splitlines()
    return {
        code: (column, line)
        for line, cells in enumerate(lines)
        for column, code in enumerate(cells.split())
        if code != "--"
    }


PLACES = _places()
