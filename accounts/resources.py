"""Members as a file, in and out. Rows come in through ``joining``: a file is no other door than the till."""

from typing import Any

from django.core.exceptions import ImproperlyConfigured, ValidationError
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from import_export.fields import Field
from import_export.widgets import DateWidget

from accounts.contacts import erased_among
from accounts.digits import latin_digits
from accounts.errors import BadPhone, WalaaError
from accounts.joining import EDITABLE, change_member, check_birthday, clean_email, join
from accounts.languages import LANGUAGES
from accounts.models import Member, Merchant
from accounts.models.members import Gender
from accounts.phones import e164, region_of
from accounts.spreadsheets import SafeResource

COLUMNS = (
    "external_id", "phone", "email", "given_name", "family_name", "gender", "birthday", "language",
)  # fmt: skip
MOST_ROWS = 5_000  # a preview answers while somebody waits
GENDERS = {"": "", "f": "f", "m": "m", "female": "f", "male": "m", "أنثى": "f", "ذكر": "m"}


class BirthdayWidget(DateWidget):
    """Dates as people write them, in any digits."""

    def clean(self, value: Any, row: Any = None, **kwargs: Any) -> Any:
        """Read a date."""
        return super().clean(latin_digits(value) if isinstance(value, str) else value, row, **kwargs)


class MemberResource(SafeResource):
    """One row per member. A row with a known phone (or your id) changes that member, another adds one."""

    number = Field("number", "number", readonly=True)
    joined_at = Field("joined_at", "joined_at", readonly=True)
    birthday = Field("birthday", "birthday", widget=BirthdayWidget(format="%Y-%m-%d"))

    class Meta:
        model = Member
        fields = ("number", *COLUMNS, "joined_at")
        export_order = fields
        import_id_fields = ("phone",)
        skip_unchanged = True
        report_skipped = True

    def __init__(self, *, merchant: Merchant | None = None, actor: str = "", **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.merchant, self.actor = merchant, actor
        self.seen: dict[tuple[str, str], int] = {}

    @property
    def owner(self) -> Merchant:
        """Whose members come in; an export needs none."""
        if self.merchant is None:
            raise ImproperlyConfigured
        return self.merchant

    def import_data(
        self, dataset: Any, dry_run: bool = False, raise_errors: bool = False, **kwargs: Any
    ) -> Any:
        """Read the file without a transaction around it: rows go in one by one, as at the till.

        A preview writes nothing (``save_instance``), and a long file does not keep tills waiting.
        """
        for name in ("use_transactions", "rollback_on_validation_errors"):
            kwargs.pop(name, None)
        collect = kwargs.pop("collect_failed_rows", False)
        return self.import_data_inner(dataset, dry_run, raise_errors, False, collect, **kwargs)

    def after_import(self, dataset: Any, result: Any, **kwargs: Any) -> None:
        """Leave the database's sequences alone: no row brings its own key."""

    def before_import(self, dataset: Any, **kwargs: Any) -> None:
        """Refuse a file without the one column that names people, and read headers in any case."""
        if len(dataset) > MOST_ROWS:
            raise ValidationError(_("At most %(most)s rows in one file."), params={"most": MOST_ROWS})
        dataset.headers = [str(header or "").strip().lower() for header in dataset.headers or []]
        self.seen = {}
        if "phone" not in dataset.headers and "external_id" not in dataset.headers:
            raise ValidationError(_("The file needs a column “phone” or “external_id”."))
        if "phone" not in dataset.headers:
            dataset.append_col([""] * len(dataset), header="phone")

    def before_import_row(self, row: Any, **kwargs: Any) -> None:
        """Bring a row's values into their one spelling; what cannot be is told per column."""
        super().before_import_row(row, **kwargs)
        wrong: dict[str, Any] = {}
        for column in COLUMNS:
            if column in row and isinstance(row[column], str):
                row[column] = row[column].strip()
        self._read_phone(row, wrong)
        self._read_words(row, wrong)
        self._refuse_repetition(row, kwargs.get("row_number", 0), wrong)
        if wrong:
            raise ValidationError(wrong)

    def _read_phone(self, row: Any, wrong: dict[str, Any]) -> None:
        try:
            row["phone"] = (
                e164(str(row["phone"]), region_of(self.owner.currency)) if row.get("phone") else None
            )
        except BadPhone as error:
            wrong["phone"] = str(error)
        if not row.get("phone") and not row.get("external_id") and "phone" not in wrong:
            wrong["phone"] = _("Give a phone or your id.")
        named = [(kind, str(row[kind])) for kind in ("phone", "external_id") if row.get(kind)]
        for kind, _value in erased_among(self.owner.pk, named):
            wrong[kind] = _("This person was erased; only they can join again.")

    def _read_words(self, row: Any, wrong: dict[str, Any]) -> None:
        if "email" in row:
            try:
                row["email"] = clean_email(row["email"] or "")
            except WalaaError as error:
                wrong["email"] = str(error)
        if "gender" in row:
            gender = GENDERS.get(str(row["gender"] or "").lower())
            if gender is None:
                wrong["gender"] = _("Write f, m, or nothing.")
            row["gender"] = gender or Gender.UNKNOWN
        if "language" in row:
            row["language"] = str(row["language"] or "ar").lower()
            if row["language"] not in dict(LANGUAGES):
                wrong["language"] = _("Write ar or en.")
        for column in ("given_name", "family_name"):
            if column in row:
                row[column] = row[column] or ""
        if "external_id" in row:
            row["external_id"] = str(row["external_id"]) if row["external_id"] not in (None, "") else None

    def _refuse_repetition(self, row: Any, number: int, wrong: dict[str, Any]) -> None:
        for column in ("phone", "external_id"):
            value = row.get(column)
            if not value or column in wrong:
                continue
            first = self.seen.setdefault((column, value), number)
            if first != number:
                wrong[column] = _("Row %(first)s has this already.") % {"first": first}

    def get_instance(self, instance_loader: Any, row: Any) -> Member | None:
        """Find the member a row speaks of among this merchant's active ones."""
        people = Member.objects.filter(merchant=self.merchant).active()
        for column in ("phone", "external_id"):
            if row.get(column):
                found = people.filter(**{column: row[column]}).first()
                if found is not None:
                    return found
        return None

    def validate_instance(
        self, instance: Member, import_validation_errors: Any = None, validate_unique: bool = True
    ) -> None:
        """Check a row as a form would, constraints included."""
        instance.merchant = self.owner
        errors = dict(import_validation_errors or {})
        today = timezone.localdate(timezone=instance.merchant.timezone)
        try:
            check_birthday(instance.birthday, today=today)
        except WalaaError as error:
            errors["birthday"] = ValidationError(str(error))
        skipped = {"number", "referral_code", "joined_at", *errors}
        try:
            instance.full_clean(exclude=skipped, validate_unique=validate_unique)
        except ValidationError as error:
            errors = error.update_error_dict(errors)
        if errors:
            raise ValidationError(errors)

    def save_instance(self, instance: Member, is_create: bool, row: Any, **kwargs: Any) -> None:
        """Save through the verbs; a preview saves nothing."""
        if self._is_dry_run(kwargs):
            return
        now = timezone.now()
        given = {name: getattr(instance, name) for name in COLUMNS if name in row}
        if is_create:
            saved, _is_new = join(merchant=self.owner, now=now, source="import", actor=self.actor, **given)
        else:
            saved = change_member(
                member=instance, now=now, changes={k: v for k, v in given.items() if k in EDITABLE}
            )
        instance.pk = saved.pk

    def dehydrate_joined_at(self, member: Member) -> str:
        """The day of joining in the merchant's zone."""
        return member.joined_at.astimezone(member.merchant.timezone).date().isoformat()

    def filter_export(self, queryset: Any, **kwargs: Any) -> Any:
        """Fetch the merchant with its members."""
        return queryset.select_related("merchant")
