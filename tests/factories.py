"""Principals, tokens and assets for tests, each made as the product makes it."""

from django.db import connection
from django.utils import timezone

from catalog.models import Dataset, Job, Namespace
from policies.models import Principal
from policies.services import create_principal, create_service_token, grant_role

PASSWORD = "a long walk by the river"


def make_principal(username, role=None, *, namespace="", **more):
    """Somebody who can sign in with PASSWORD, and has one role if asked."""
    principal = create_principal(username, password=PASSWORD, actor=None, **more)
    if role:
        grant_role(principal, role, namespace=namespace, actor=None)
    return principal


def make_cast():
    """One of each built-in role on everything, and a stranger without any."""
    roles = ("viewer", "steward", "producer", "auditor", "admin")
    return {
        "stranger": make_principal("stranger"),
        **{role: make_principal(role, role) for role in roles},
    }


def make_token(name, role, *, namespace=""):
    """The text of a service account's new token."""
    return create_service_token(name, role=role, namespace=namespace, actor=None).raw


def principal_of(name):
    return Principal.objects.get(username=name)


def bearer(raw):
    """The header that carries a token, for Django's test client."""
    return {"Authorization": f"Bearer {raw}"}


def make_namespace(name):
    now = timezone.now()
    return Namespace.objects.create(
        name=name, first_seen=now, last_seen=now, created_at=now, updated_at=now
    )


def make_dataset(namespace, name):
    """A dataset that is its own canonical one, in a namespace or one of that name."""
    if isinstance(namespace, str):
        found = Namespace.objects.unrestricted("test").filter(name=namespace).first()
        namespace = found or make_namespace(namespace)
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval('catalog_dataset_id_seq')")
        [pk] = cursor.fetchone()
    now = timezone.now()
    return Dataset.objects.create(
        pk=pk,
        namespace=namespace,
        name=name,
        canonical_id=pk,
        first_seen=now,
        last_seen=now,
        created_at=now,
        updated_at=now,
    )


def make_job(namespace, name):
    now = timezone.now()
    return Job.objects.create(
        namespace=namespace,
        name=name,
        first_seen=now,
        last_seen=now,
        created_at=now,
        updated_at=now,
    )
