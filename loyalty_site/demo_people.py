"""Names for the demo's members: common Saudi names, in Arabic letters and in Latin ones, by a fixed seed."""

from dataclasses import dataclass
from datetime import date, timedelta
from random import Random
from typing import Final

WOMEN: Final = [
    ("نورة", "Noura"), ("سارة", "Sarah"), ("ريم", "Reem"), ("لمى", "Lama"), ("هند", "Hind"),
    ("منيرة", "Munira"), ("العنود", "Alanoud"), ("جواهر", "Jawaher"), ("أمل", "Amal"), ("غادة", "Ghada"),
    ("دانة", "Dana"), ("شهد", "Shahad"), ("رغد", "Raghad"), ("مها", "Maha"), ("وفاء", "Wafa"),
    ("حصة", "Hessa"), ("لطيفة", "Latifa"), ("بشاير", "Bashayer"), ("ليان", "Layan"), ("جود", "Joud"),
    ("أسماء", "Asma"), ("خلود", "Khulood"), ("عهود", "Ohoud"), ("ندى", "Nada"),
]  # fmt: skip
MEN: Final = [
    ("فهد", "Fahad"), ("عبدالله", "Abdullah"), ("محمد", "Mohammed"), ("سلطان", "Sultan"), ("تركي", "Turki"),
    ("خالد", "Khalid"), ("سعود", "Saud"), ("ناصر", "Nasser"), ("بندر", "Bandar"), ("فيصل", "Faisal"),
    ("عبدالرحمن", "Abdulrahman"), ("ماجد", "Majed"), ("نايف", "Naif"), ("يزيد", "Yazeed"), ("راكان", "Rakan"),
    ("مشعل", "Mishal"), ("أحمد", "Ahmed"), ("علي", "Ali"), ("صالح", "Saleh"), ("إبراهيم", "Ibrahim"),
    ("عمر", "Omar"), ("ياسر", "Yasser"), ("هشام", "Hisham"), ("زياد", "Ziyad"),
]  # fmt: skip
FAMILIES: Final = [
    ("العتيبي", "Alotaibi"), ("القحطاني", "Alqahtani"), ("الغامدي", "Alghamdi"), ("الحربي", "Alharbi"),
    ("الشمري", "Alshammari"), ("الدوسري", "Aldosari"), ("الزهراني", "Alzahrani"), ("المطيري", "Almutairi"),
    ("العنزي", "Alanazi"), ("السبيعي", "Alsubaie"), ("الشهري", "Alshehri"), ("المالكي", "Almalki"),
    ("الرشيدي", "Alrashidi"), ("البقمي", "Albaqami"), ("الجهني", "Aljohani"), ("العمري", "Alamri"),
    ("الأحمدي", "Alahmadi"), ("السهلي", "Alsahli"), ("الخالدي", "Alkhaldi"), ("التميمي", "Altamimi"),
    ("الحازمي", "Alhazmi"), ("اليامي", "Alyami"), ("العسيري", "Asiri"), ("البلوي", "Albalawi"),
    ("الصاعدي", "Alsaedi"), ("الفيفي", "Alfaifi"), ("النفيعي", "Alnufaie"), ("الثقفي", "Althaqafi"),
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Person:
    """What the demo knows of one member; nobody real."""

    given_name: str
    family_name: str
    gender: str
    language: str
    birthday: date | None
    email: str
    agrees: bool


def person(household: str, *, today: date) -> Person:
    """Return the same person for the same household, every time."""
    draw = Random(f"walaa-{household}")  # noqa: S311 (names, not secrets)
    gender = draw.choice("fm")
    given, family = draw.choice(WOMEN if gender == "f" else MEN), draw.choice(FAMILIES)
    latin = draw.random() < 0.25
    birthday = today - timedelta(days=365 * 18 + draw.randrange(365 * 47))
    has_email, has_birthday = draw.random() < 0.7, draw.random() < 0.6
    return Person(
        given_name=given[latin],
        family_name=family[latin],
        gender=gender if draw.random() < 0.9 else "",
        language="en" if latin else "ar",
        birthday=birthday if has_birthday else None,
        email=f"{given[1]}.{family[1]}.{household}@example.com".lower() if has_email else "",
        agrees=draw.random() < 0.8,
    )


def phone(position: int) -> str:
    """Return a well-formed Saudi mobile number, another for each position."""
    return f"+9665{30_000_000 + position * 7_919 % 69_999_999:08d}"
