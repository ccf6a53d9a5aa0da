"""The people and keys behind the labels that rows carry, by name; for those who may see the rows."""

from collections.abc import Collection

from django.utils.translation import gettext as _

from accounts.models import ApiKey, User


def names_of_actors(labels: Collection[str]) -> dict[str, str]:
    """Return label → name ("staff:7" → "Sara", "key:AbC" → "Key: Main till"); two queries at most."""
    split = {label: label.partition(":")[::2] for label in labels if label}
    users = {name for kind, name in split.values() if kind == "staff" and name.isdecimal()}
    prefixes = {name for kind, name in split.values() if kind == "key"}
    people = {str(user.pk): str(user) for user in User.objects.filter(pk__in=users)} if users else {}
    keys = dict(ApiKey.objects.filter(prefix__in=prefixes).values_list("prefix", "name")) if prefixes else {}
    names = {}
    for label, (kind, name) in split.items():
        if kind == "key":
            names[label] = _("Key: %(name)s") % {"name": keys.get(name, name)}
        elif kind == "staff":
            names[label] = people.get(name, label)
        else:
            names[label] = _("The system")
    return names
