"""A till that sells until it is ended: posts orders one by one and says the number of each that was taken."""

import os
import sys
from itertools import count


def main() -> None:
    """Sell to the first member of the merchant that is named."""
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "loyalty_site.settings")
    django.setup()

    from django.utils import timezone

    from accounts.models import Member
    from ledger.event import LineItem
    from ledger.events import PurchaseMade
    from ledger.posting import post

    member = Member.objects.filter(merchant__slug=sys.argv[1]).earliest("pk")
    for number in count(1):
        now = timezone.now()
        sale = PurchaseMade(
            merchant_id=member.merchant_id, member_id=member.pk, occurred_at=now, source="busy",
            key=str(number), actor="test", lines=(LineItem(1_000),), quiet=True,
        )  # fmt: skip
        post(sale, now=now)
        print(number, flush=True)


if __name__ == "__main__":
    main()
