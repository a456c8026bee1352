"""The keys the gateway takes, by the SHA-256 that is all it keeps of them."""

import hashlib
import secrets

import attrs

from stationthis_sdk.local.clock import now
from stationthis_sdk.local.database import Database, Tables
from stationthis_sdk.local.requests.caller import Caller
from stationthis_sdk.local.requests.responses import Refusal
from stationthis_sdk.local.rows.keys import Key

__all__ = ["Keys", "key_hash"]


def key_hash(key: str) -> str:
    """What is kept of a key."""
    return hashlib.sha256(key.encode("utf-8", "replace")).hexdigest()


class Keys:
    """Who each key belongs to."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._callers: dict[str, Caller] = {}
        self._revoked: set[str] = set()
        self._admitted: set[str] = set()

    async def open(self) -> None:
        """Read the keys that are kept."""
        for key in await self._database.do(lambda tables: tables.find(Key)):
            self._remember(key)

    def caller(self, key: str) -> Caller:
        """Whose key this is; raises the 401 of the service for any other."""
        digest = key_hash(key)
        if digest in self._revoked:
            raise Refusal.detail(401, "Revoked token")
        found = self._callers.get(digest)
        if found is None:
            raise Refusal.detail(401, "Invalid or expired token")
        return found

    async def admit(self, owner: Caller, key: str, name: str) -> None:
        """Take this key for this owner from now on, and no other of the same name any more."""
        row = Key(user_id=owner.user_id, org_id=owner.org_id, name=name, sha256=key_hash(key), shown=key[-4:])
        self._admitted.add(row.sha256)

        def work(tables: Tables) -> list[Key]:
            where = f"{owner.own} AND name = ? AND sha256 != ? AND revoked_at IS NULL"
            others = tables.find(Key, where, owner.owner, name, row.sha256)
            for other in others:
                tables.change(Key, other.id, revoked_at=now())
            kept = tables.find(Key, "sha256 = ?", row.sha256)
            if kept:
                tables.change(Key, kept[0].id, revoked_at=None)
            else:
                tables.add(row)
            return others

        for other in await self._database.do(work):
            self.forget(other)
        self._remember(row)

    async def make(self, owner: Caller, name: str) -> tuple[Key, str]:
        """A new random key; this is the only time it is told."""
        key = f"local_{secrets.token_urlsafe(32)}"
        row = Key(user_id=owner.user_id, org_id=owner.org_id, name=name, sha256=key_hash(key), shown=key[-4:])
        await self._database.do(lambda tables: tables.add(row))
        self._remember(row)
        return row, key

    async def revoke(self, owner: Caller, key_id: str) -> Key:
        """Revoke one of the owner's keys, at once; 404 for any other."""

        def work(tables: Tables) -> Key:
            key = tables.get(Key, key_id)
            if key is None or key.revoked_at is not None or not owner.owns(key):
                raise Refusal.detail(404, "API key not found")
            if key.sha256 in self._admitted:
                said = (
                    "This is the key in the gateway's own folder, which it would take again at its next start"
                )
                raise Refusal.detail(403, said)
            revoked = attrs.evolve(key, revoked_at=now(), updated_at=now())
            tables.save(revoked)
            return revoked

        revoked = await self._database.do(work)
        self.forget(revoked)
        return revoked

    def forget(self, key: Key) -> None:
        """Take a revoked key no longer."""
        self._callers.pop(key.sha256, None)
        self._revoked.add(key.sha256)

    def _remember(self, key: Key) -> None:
        if key.revoked_at is not None:
            self._revoked.add(key.sha256)
            return
        self._revoked.discard(key.sha256)
        self._callers[key.sha256] = Caller(key.user_id, key.org_id)
