"""Who contacts the organisation, and by what address."""

from __future__ import annotations

import dataclasses
import typing as t

from sandbox.dice import below, chance, pick, throw
from sandbox.genesys.names import uuid

NAMES: t.Final = ("Noor", "Otto", "Pia", "Quin", "Rosa", "Sven", "Tara", "Udo", "Vera", "Wim", "Yara", "Zeno")
TIERS: t.Final = ("gold", "silver", "bronze")
CROWD: t.Final = 4000


@dataclasses.dataclass(frozen=True)
class Customer:
    """A person outside."""

    number: int
    name: str
    phone: str
    mail: str
    tier: str

    @property
    def contact_id(self) -> str:
        """The external contact."""
        return uuid("contact", self.number)

    def attributes(self, case: str) -> dict[str, str]:
        """Participant attributes; values longer than 1024 characters come cut, as the vendor says."""
        dice = throw("attributes", self.number, case)
        given = {"CustomerTier": self.tier, "CaseNumber": f"FAKE-{case[:8]}"}
        if chance(dice[0], 20):
            given["Note"] = ("A long note of the caller. " * 60)[:1024]
        if chance(dice[1], 30):
            given["Überweisung"] = 'ja; "quoted"\n2nd line'
        return given if not chance(dice[2], 10) else {}


def customer(dice_face: int) -> Customer:
    """The customer of a contact; some come often."""
    number = below(dice_face, CROWD)
    face = throw("customer", number)
    name = f"{pick(face[0], NAMES)} {number} (fake)"
    phone = f"tel:+1555{number:04d}{below(face[1], 1000):03d}"
    return Customer(number, name, phone, f"customer{number}@example.invalid", pick(face[2], TIERS))
