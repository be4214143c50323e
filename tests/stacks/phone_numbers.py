"""The example number of each country, as PyPI's `phonenumbers` writes and reads it: shared/src/phone/regions.tsv.

    python phone_numbers.py > shared/src/phone/regions.tsv

A line has the country, its example in E.164, as it is written there and as it is written abroad; then, where a spelling is
not read as that number, the country that it is dialled in, the digits dialled before the calling code, and what is read
instead (`-` for no number). All of these begin with `00` where that is a part of a longer prefix, as Hong Kong's 001 is: what
the country's own prefix leads to comes first.
"""

import phonenumbers
from phonenumbers import PhoneNumberFormat, PhoneNumberType

# What is dialled before a calling code in ten countries; and `00`, which people know from elsewhere.
PREFIXES = {
    "AU": "0011",
    "HK": "001",
    "SG": "001",
    "KR": "00700",
    "BR": "0014",
    "KE": "000",
    "RU": "810",
    "JP": "010",
    "US": "011",
    "FI": "990",
}


TEXTED = (PhoneNumberType.MOBILE, PhoneNumberType.FIXED_LINE_OR_MOBILE)


def read(typed: str, home: str) -> str:
    """As the service reads: as dialled at home, then with `00` as `+`; the first that is texted, else the first."""
    found = []
    for text in [typed] + (["+" + typed[2:]] if typed.startswith("00") else []):
        try:
            number = phonenumbers.parse(text, home)
        except phonenumbers.NumberParseException:
            continue
        if phonenumbers.is_valid_number(number):
            found.append(number)
    found.sort(key=lambda number: phonenumbers.number_type(number) not in TEXTED)
    return phonenumbers.format_number(found[0], PhoneNumberFormat.E164) if found else "-"


for region in sorted(phonenumbers.SUPPORTED_REGIONS):
    number = phonenumbers.example_number_for_type(region, PhoneNumberType.MOBILE) or phonenumbers.example_number(region)
    e164, national, international = (
        phonenumbers.format_number(number, form)
        for form in (PhoneNumberFormat.E164, PhoneNumberFormat.NATIONAL, PhoneNumberFormat.INTERNATIONAL)
    )
    assert read(e164, "ZZ") == e164 and read(national, region) == e164, region
    columns = [region, e164, national, international]
    for home, own in PREFIXES.items():
        for prefix in (own, "00"):
            result = read(prefix + e164[1:], home)
            if result != e164:
                columns.append(f"{home} {prefix} {result}")
    print("\t".join(columns))
