"""The versions of the store's tables that can still be read."""

from collections import defaultdict
from datetime import datetime

from django.db.models import Q

from navette.control.models import Run


def versions_to_keep(since: datetime) -> dict[str, set[int]]:
    """By table, the versions of runs that have not ended, and of runs since then, whose slots can be replayed."""
    versions: dict[str, set[int]] = defaultdict(set)
    runs = Run.objects.filter(~Q(state__in=Run.ENDED) | Q(created_at__gte=since)).exclude(versions={})
    for pinned in runs.values_list("versions", flat=True).iterator():
        for table, version in pinned.items():
            versions[table].add(version)
    return versions
