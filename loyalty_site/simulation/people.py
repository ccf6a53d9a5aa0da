"""The rules of people and of the merchant's hands restated: merging, undoing, erasing, points by hand."""

from dataclasses import replace
from datetime import timedelta

from loyalty_site.simulation.facts import (
    SECOND_PERSON_OVER,
    Answer,
    Fact,
    Refused,
    day_of,
    morning_after,
)
from loyalty_site.simulation.ground import Merge, Request, last_day
from loyalty_site.simulation.refunding import Refunding


class People(Refunding):
    """RULES 42, 44, 46, 47."""

    def merge(self, fact: Fact, member: int) -> Answer:
        """Two records become one: lots go over with their last days, facts stay where they are (RULES 42)."""
        survivor, absorbed = fact.member, fact.absorbed
        if any(self.heads[each] != each or self.cards[each].erased for each in (survivor, absorbed)):
            raise Refused("not_found")
        stays, goes = self.cards[survivor], self.cards[absorbed]
        for each in (survivor, absorbed):
            self.bury(each, fact.now)
            renewal = self.terms_at(fact.now).renewal
            self.cards[each].tiers.renew(self.spend(each), fact.now, renewal)
        newest = stays.tiers.in_time[-1].end if stays.tiers.marks else None
        tier, points, copies = stays.tiers.newest, goes.available(self.today(fact.now)) - goes.owed, []
        for lot, part in goes.take(max(0, points)):
            more = {"order": lot.order, "graced": lot.graced, "spared": lot.spared, "own": lot.own}
            copies.append((lot, self.put(survivor, part, lot.at, lot.last, lot.came, **more)))
        paid = stays.take(goes.owed)
        stays.owed += goes.owed - sum(part for _lot, part in paid)
        owed, goes.owed = goes.owed, 0
        stays.waiting, goes.waiting = stays.waiting + goes.waiting, []
        came = self.family(absorbed)
        self.heads = [survivor if head == absorbed else head for head in self.heads]
        stays.tiers.join(goes.tiers, self.spend(survivor), fact.now)
        born = stays.born is None and goes.born is not None
        stays.born = stays.born or goes.born
        goes.posted += 1
        self.merges[fact.key] = Merge(
            survivor, absorbed, came, copies, paid, owed, tier, newest, stays.posted + 1, born
        )
        return Answer(points=points)

    def unmerge(self, fact: Fact, member: int) -> Answer:
        """What is left of every lot goes back, unless something was posted since (RULES 42)."""
        merge = self.merges.get(fact.merge)
        if merge is None or merge.undone or merge.survivor != member:
            raise Refused("not_found")
        stays, goes = self.cards[merge.survivor], self.cards[merge.absorbed]
        if stays.posted != merge.posted + 2 * self.undone_since(fact.merge):
            raise Refused("merge_in_use")
        merge.undone = True
        points = sum(copy.left for _source, copy in merge.lots)
        for source, copy in merge.lots:
            source.left, copy.left = source.left + copy.left, 0
        for lot, part in merge.paid:
            lot.left += part
        stays.owed -= merge.owed - sum(part for _lot, part in merge.paid)
        goes.owed += merge.owed
        goes.pay()
        theirs = [each for each in stays.waiting if self.orders[each.order].member in merge.came]
        goes.waiting += theirs
        stays.waiting = [each for each in stays.waiting if each not in theirs]
        for each in merge.came:
            self.heads[each] = merge.absorbed
        renewal = self.terms_at(fact.now).renewal
        goes.tiers.renew(self.spend(merge.absorbed), fact.now, renewal)
        stays.tiers.part(merge.tier, merge.until, self.spend(merge.survivor), fact.now, renewal)
        stays.born = None if merge.born else stays.born
        goes.posted += 1
        self.bury(merge.absorbed, fact.now)
        return Answer(points=-points if merge.lots else merge.owed)

    def undone_since(self, name: str) -> int:
        """Later merges of the survivor, in either part, that were taken apart again."""
        names, survivor = list(self.merges), self.merges[name].survivor
        later = [self.merges[each] for each in names[names.index(name) + 1 :]]
        return sum(each.undone and survivor in (each.survivor, each.absorbed) for each in later)

    def erase(self, fact: Fact, member: int) -> Answer:
        """The person goes, with every record; the points stay in the books until they die (RULES 46)."""
        if self.cards[fact.member].erased:
            raise Refused("conflict")
        for each in self.family(fact.member):
            self.cards[each].erased, self.cards[each].born = True, None
        return Answer()

    # H. Books

    def adjust(self, fact: Fact, member: int) -> Answer:
        """Points given or taken by hand; above the limit of a day they wait for somebody else (RULES 44)."""
        moved = [
            points
            for who, by, day, points in self.by_hand
            if self.same(who, fact.member)
            and (by, day) == (fact.by, day_of(fact.now))
            and (points > 0) == (fact.points > 0)
        ]
        if abs(fact.points) + abs(sum(moved)) > SECOND_PERSON_OVER:
            self.requests[fact.key] = Request(fact)
            return Answer(state="waiting")
        answer = self.move(fact, self.active(fact.member))
        self.by_hand.append((fact.member, fact.by, day_of(fact.now), fact.points))
        return answer

    def move(self, fact: Fact, member: int) -> Answer:
        """What an adjustment does once it may."""
        card, terms = self.cards[member], self.terms_at(fact.now)
        card.posted += 1
        self.open(member, fact.now)
        self.bury(member, fact.now)
        if -fact.points > card.available(self.today(fact.now)):
            raise Refused("not_enough_points")
        if fact.points > 0:
            self.put(member, fact.points, fact.now, last_day(terms, day_of(fact.now)), fact.now)
        else:
            card.take(-fact.points)
        self.bury(member, fact.now)
        return Answer(fact.points, card.available(self.today(fact.now)), card.owed)

    def decide(self, fact: Fact, member: int) -> Answer:
        """Another person says yes or no; nobody says yes to their own (RULES 44)."""
        request = self.requests[fact.request]
        if request.state != "waiting":
            raise Refused("already_decided")
        own = request.fact.by == fact.by
        if not fact.yes:
            request.state = "withdrawn" if own else "refused"
            return Answer(state=request.state)
        if own:
            raise Refused("needs_another")
        asked = request.fact
        answer = self.move(replace(asked, now=fact.now), self.active(asked.member))
        request.state, request.answer = "posted", answer
        return answer

    def opening(self, fact: Fact, member: int) -> Answer:
        """A balance from another system: a lot with its own life, and a tier (RULES 47)."""
        card, today = self.cards[member], day_of(fact.now)
        terms = self.terms_at(fact.now)
        self.bury(member, fact.now)
        card.tiers.renew(self.spend(member), fact.now, terms.renewal)
        if fact.points:
            earned = fact.earned or today
            last = fact.last or last_day(terms, earned)
            if last is not None and last < today:
                raise Refused("dead_already")
            self.put(member, fact.points, morning_after(earned - timedelta(days=1)), last, fact.now)
        if fact.tier:
            if fact.until is not None and fact.until < today:
                raise Refused("dead_already")
            if fact.tier > card.tiers.at(fact.now):
                mark = card.tiers.start(fact.now, fact.tier, given=True)
                if fact.until is not None:
                    mark.end = morning_after(fact.until)
        return Answer(points=fact.points)
