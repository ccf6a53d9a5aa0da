"""Every news has somebody who decided who hears it."""

import pytest
from django.core.exceptions import ImproperlyConfigured

from loyalty_site.wiring import TOPICS, WIRING, check


def test_a_forgotten_topic_and_an_unknown_one_stop_the_site() -> None:
    for topic in TOPICS:
        with pytest.raises(ImproperlyConfigured, match=topic):
            check(set(WIRING) - {topic}, TOPICS)
    with pytest.raises(ImproperlyConfigured, match=r"member\.jioned"):
        check({*WIRING, "member.jioned"}, TOPICS)
