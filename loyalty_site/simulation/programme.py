"""The rules of the programme itself restated: its versions, its pauses and its end (RULES 26, 27). Pure."""

from datetime import datetime, timedelta

from loyalty_site.simulation.facts import (
    CLOSING_DAYS,
    NOTICE_DAYS,
    Answer,
    Fact,
    Refused,
    day_of,
)
from loyalty_site.simulation.people import People


class Programme(People):
    """What the merchant does to the promise, and what time alone does."""

    def publish(self, fact: Fact, member: int) -> Answer:
        """New terms from a moment on; what makes points worth less needs notice (RULES 26)."""
        start, before = self.versions[-1]
        if fact.starts < fact.now or (start is not None and fact.starts <= start):
            raise Refused("effective_too_early")
        if fact.terms.worsens(before) and day_of(fact.starts) < day_of(fact.now) + timedelta(
            days=NOTICE_DAYS
        ):
            raise Refused("notice_too_short")
        self.versions.append((fact.starts, fact.terms))
        return Answer()

    def pause(self, fact: Fact, member: int) -> Answer:
        """Nobody earns, and no point dies."""
        if self.state != "live":
            raise Refused("programme_state")
        self.state, self.paused_at = "paused", fact.now
        self.stops.append((fact.now, None))
        return Answer()

    def resume(self, fact: Fact, member: int) -> Answer:
        """Every lot gets back the days for which it was held."""
        if self.state != "paused" or self.paused_at is None:
            raise Refused("programme_state")
        first, last = day_of(self.paused_at), day_of(fact.now)
        for lot in self.lots():
            if lot.last is not None and lot.last >= first and lot.came < fact.now:
                held = last - max(first, day_of(lot.came))
                lot.last += max(held, timedelta())
        self.state, self.paused_at = "live", None
        self.stops[-1] = self.stops[-1][0], fact.now
        return Answer()

    def wind_up(self, fact: Fact, member: int) -> Answer:
        """Nobody earns any more; members spend until the last day."""
        if self.state != "live":
            raise Refused("programme_state")
        self.state, self.closes_on = "closing", day_of(fact.now) + timedelta(days=CLOSING_DAYS)
        self.stops.append((fact.now, None))
        for lot in self.lots():
            lot.end_by(self.closes_on)
        return Answer()

    def reopen(self, fact: Fact, member: int) -> Answer:
        """A closing is taken back before its last day: every lot has its own again."""
        if self.state != "closing" or self.closes_on is None or self.closes_on <= day_of(fact.now):
            raise Refused("programme_state")
        self.state, self.closes_on = "live", None
        self.stops[-1] = self.stops[-1][0], fact.now
        for lot in self.lots():
            lot.last, lot.own = (lot.own[0] if lot.own else lot.last), ()
        return Answer()

    def notice(self, fact: Fact, member: int) -> Answer:
        """An alert about a day on which points die could reach nobody (RULES 27)."""
        self.unheard.add((fact.member, fact.day))
        return Answer()

    def night(self, fact: Fact, member: int) -> Answer:
        """Lots die, codes run out, tiers come up for renewal, for everybody."""
        if self.closes_on is not None and self.closes_on < day_of(fact.now):
            self.state = "closed"
        for head in sorted(set(self.heads)):
            before = self.standing(head)
            self.open(head, fact.now)
            self.bury(head, fact.now)
            self.run_out(head, fact.now)
            self.bury(head, fact.now)
            terms = self.terms_at(fact.now)
            self.cards[head].tiers.renew(self.spend(head), fact.now, terms.renewal)
            self.cards[head].posted += self.standing(head) != before
        return Answer()

    def run_out(self, head: int, now: datetime) -> None:
        """Codes whose time is over give their points back."""
        for code in self.codes.values():
            if self.heads[code.member] == head and code.state == "reserved" and code.until <= now:
                self.close_code(code, "expired", now)

    def standing(self, head: int) -> tuple[object, ...]:
        """Whatever a posting would change of a person."""
        card = self.cards[head]
        codes = [code.state for code in self.codes.values() if self.heads[code.member] == head]
        lots = [(lot.left, lot.last) for lot in card.lots]
        return lots, len(card.waiting), len(card.tiers.marks), codes
