"""The programme a merchant starts with, as plain values: change a word here, not in a screen.

One point per riyal; Bronze, Silver from 1,500 and Gold from 4,000 a year; 500 points are worth 25;
a birthday doubles. Amounts are in major units and fit any currency of the Gulf.
"""

from decimal import Decimal
from typing import NamedTuple

NAME_AR, NAME_EN = "برنامج الولاء", "Loyalty programme"

BLOCK_POINTS = 500
BLOCK_VALUE = 25


class TierPlan(NamedTuple):
    """A tier of the blueprint; ``threshold`` in major units."""

    code: str
    name_ar: str
    name_en: str
    threshold: int
    multiplier: Decimal


class RewardPlan(NamedTuple):
    """A reward of the blueprint; ``cost`` to the shop in major units."""

    code: str
    name_ar: str
    name_en: str
    description_ar: str
    description_en: str
    points: int
    cost: int


TIERS = (
    TierPlan("bronze", "برونزي", "Bronze", 0, Decimal(1)),
    TierPlan("silver", "فضي", "Silver", 1_500, Decimal("1.25")),
    TierPlan("gold", "ذهبي", "Gold", 4_000, Decimal("1.5")),
)

_WRAPPING = RewardPlan(
    "gift-wrap",
    "تغليف هدية مجانًا",
    "Free gift wrapping",
    "نغلّف مشترياتك بلمسة أنيقة",
    "Your purchase, beautifully wrapped",
    150,
    5,
)
_SURPRISE = RewardPlan(
    "surprise",
    "هدية مفاجأة",
    "A surprise gift",
    "هدية نختارها لك بعناية",
    "A gift we choose for you",
    1_000,
    35,
)
_DELIVERY = RewardPlan(
    "delivery",
    "توصيل مجاني",
    "Free delivery",
    "طلبك القادم يصلك دون رسوم توصيل",
    "No delivery fee on your next order",
    300,
    12,
)

GENERAL_REWARDS = (_WRAPPING, _DELIVERY, _SURPRISE)

REWARDS_BY_SECTOR = {
    "restaurant": (
        RewardPlan(
            "coffee",
            "قهوة على حسابنا",
            "Coffee on us",
            "أي قهوة من القائمة بالحجم الوسط",
            "Any medium coffee on the menu",
            200,
            6,
        ),
        RewardPlan("dessert", "حلى اليوم", "Dessert of the day", "قطعة من حلى اليوم", "One portion", 350, 9),
        RewardPlan(
            "breakfast",
            "فطور لشخصين",
            "Breakfast for two",
            "صباح أجمل مع من تحب",
            "A better morning",
            1_200,
            40,
        ),
    ),
    "grocery": (
        RewardPlan(
            "bread", "خبز طازج", "Fresh bread", "من المخبز كل صباح", "From the bakery every morning", 100, 3
        ),
        RewardPlan(
            "dates",
            "علبة تمر",
            "A box of dates",
            "نصف كيلو من تمر الموسم",
            "Half a kilo, this season's",
            400,
            14,
        ),
        RewardPlan(
            "basket",
            "سلة فواكه",
            "Fruit basket",
            "فواكه الموسم لأهل البيت",
            "Seasonal fruit for the whole home",
            900,
            32,
        ),
        _DELIVERY,
    ),
    "beauty": (
        RewardPlan(
            "care",
            "جلسة عناية سريعة",
            "Express treatment",
            "ربع ساعة من العناية",
            "Fifteen minutes of care",
            600,
            20,
        ),
        _SURPRISE,
    ),
    "online": (_WRAPPING, _DELIVERY, _SURPRISE),
}
"""What a shop of this trade can give away from the first day; the others take the general ones."""
