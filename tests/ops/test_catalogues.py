"""What the check of the catalogues notices."""

import gettext
import os
from pathlib import Path

import pytest
from babel.messages.catalog import Message
from pytest_django import Settings

from loyalty_site import catalogues

POINTS = ("%(points)s point", "%(points)s points")
ALL_FORMS = (
    "لا نقاط",
    "نقطة واحدة",
    "نقطتان",
    "%(points)s نقاط",
    "%(points)s نقطة",
    "%(points)s نقطة",
)
HEADER = (
    'msgid ""\nmsgstr ""\n"Content-Type: text/plain; charset=UTF-8\\n"\n"Plural-Forms: nplurals=6; '
    "plural=n==0 ? 0 : n==1 ? 1 : n==2 ? 2 : n%100>=3 && n%100<=10 ? 3 : n%100>=11 && n%100<=99 ? 4 : 5;"
    '\\n"\n\n'
)


def test_a_complete_entry_has_no_fault() -> None:
    assert not catalogues.faults(Message("Hello %(name)s", "أهلًا %(name)s"))
    assert not catalogues.faults(Message(POINTS, ALL_FORMS))


@pytest.mark.parametrize(
    ("message", "fault"),
    [
        (Message("Hello", "أهلًا", flags=["fuzzy"]), "fuzzy"),
        (Message("Hello", ""), "not filled"),
        (Message(POINTS, ALL_FORMS[:5]), "not filled"),
        (Message(POINTS, (*ALL_FORMS[:5], "")), "not filled"),
        (Message("Hello %(name)s", "أهلًا"), "placeholders"),
        (Message("Hello %(name)s", "أهلًا %(nam)s"), "placeholders"),
        (Message("Hello {name}", "أهلًا {person}"), "placeholders"),
        (Message(POINTS, (*ALL_FORMS[:4], "نقطة", "%(points)s نقطة")), "placeholders"),
    ],
)
def test_a_fault_is_named(message: Message, fault: str) -> None:
    assert fault in " ".join(catalogues.faults(message))


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        (
            "{% load i18n %}\n  {% translate 'Rewards' %}\n\n{% if x %}  {% endif %}",
            [("Rewards", None, None)],
        ),
        ("{% translate 'May' context 'month' %}", [("May", None, "month")]),
        ("{{ _('Balance') }} it's", [("Balance", None, None)]),
        (
            "{% blocktrans count n=t trimmed %}\n {{ n }} day\n{% plural %} {{ n }} days{% endblocktrans %}",
            [("%(n)s day", "%(n)s days", None)],
        ),
    ],
)
def test_texts_of_templates_are_found(
    source: str, expected: list[tuple[str, str | None, str | None]]
) -> None:
    found = catalogues.extracted(catalogues.as_python(source, "x.html"), "x.html")
    assert [(text.singular, text.plural, text.context) for text in found] == expected


def test_texts_of_python_are_found_with_plural_and_context() -> None:
    source = b'_("One")\nngettext_lazy("a", "b", n)\npgettext_lazy("menu", "Open")\nprint("Not")\n'
    found = [(text.singular, text.plural, text.context) for text in catalogues.extracted(source, "x.py")]
    assert found == [("One", None, None), ("a", "b", None), ("Open", None, "menu")]


def test_a_new_text_without_arabic_and_an_anonymous_placeholder_are_named() -> None:
    text = catalogues.Text("Only %s of these zzz", None, None, "x.py:1")
    assert [fault.split("' ")[1] for fault in catalogues.missing(text, {})] == [
        "has a placeholder without a name",
        "has no Arabic",
    ]


def test_catalogues_are_compiled_again_only_when_they_change(settings: Settings, tmp_path: Path) -> None:
    source = tmp_path / "ar" / "LC_MESSAGES" / "django.po"
    source.parent.mkdir(parents=True)
    source.write_text(HEADER + 'msgid "Rewards"\nmsgstr "المكافآت"\n', encoding="utf-8")
    settings.LOCALE_PATHS = [tmp_path]
    assert [catalogues.compile_stale(), catalogues.compile_stale()] == [1, 0]
    with source.with_suffix(".mo").open("rb") as compiled:
        assert gettext.GNUTranslations(compiled).gettext("Rewards") == "المكافآت"
    newer = source.with_suffix(".mo").stat().st_mtime + 1
    os.utime(source, (newer, newer))
    assert catalogues.compile_stale() == 1
