"""A conversation's story in the platform's words: participants, sessions, segments and metrics.

Structure and names: AnalyticsConversation of https://developer.genesys.cloud/devapps/sdk/docexplorer/purecloudpython/
and the vendor's sample at https://developer.genesys.cloud/blueprints/conversation-model-to-sql-blueprint/.
"""

from __future__ import annotations

import typing as t

from sandbox.dice import between, chance, throw
from sandbox.genesys.catalog import FLOWS, QUEUES, TIMED_OUT, codes_of
from sandbox.genesys.customer import Customer, customer
from sandbox.genesys.examples import Row
from sandbox.genesys.late import Late
from sandbox.genesys.names import HOUR_MS, uuid
from sandbox.genesys.people import People
from sandbox.genesys.story import Leg, Story

PROVIDERS: t.Final = {
    "voice": "Edge",
    "callback": "Edge",
    "chat": "Webchat Provider",
    "message": "Genesys Cloud Webmessaging",
    "email": "PureCloud Email",
}
OUR_NUMBER: t.Final = "tel:+15555550100"
OUR_MAIL: t.Final = "support@example.invalid"


def metric(name: str, at: int, value: int = 1) -> Row:
    """A metric, known when it is emitted."""
    return {"emitDate": at, "name": name, "value": value, "_at": at}


def segment(kind: str, start: int, end: int, queue: str | None = None, **late: t.Any) -> Row:
    """A segment; what its end brings, such as how it was disconnected, is known with the end."""
    row: Row = {"segmentStart": start, "segmentEnd": end, "segmentType": kind, "conference": False, "_at": start}
    if queue:
        row["queueId"] = queue
    if late:
        row["_late"] = {name: (end, value) for name, value in late.items()}
    return row


class BodyMaker:
    """Tells one story."""

    def __init__(self, story: Story, people: People) -> None:
        self._story = story
        self._people = people
        self._dice = throw("body", *story.name)
        self._customer: Customer = customer(self._dice[0])
        self._late = Late(story)
        self.id = uuid(*story.name)
        self.deleted = self._late.deleted
        self._outside = uuid(self.id, "customer session")

    def tree(self) -> Row:
        """The whole conversation."""
        story = self._story
        tree: Row = {
            "conversationId": self.id,
            "conversationStart": story.start,
            "conversationEnd": story.end,
            "originatingDirection": "outbound" if story.outbound else "inbound",
            "divisionIds": self._divisions(),
            "participants": self._participants(),
        }
        tree["_until"] = self.deleted
        if story.media in {"voice", "callback"}:
            tree["mediaStatsMinConversationMos"] = between(self._dice[1], 3500, 4900) / 1000
            tree["mediaStatsMinConversationRFactor"] = between(self._dice[2], 7000, 9300) / 100
            tree["_late"] = {name: (story.end, tree.pop(name)) for name in list(tree) if name.startswith("mediaStats")}
        if chance(self._dice[3], 5):
            tree["externalTag"] = f"TAG-{self._customer.number}"
        return tree | self._late.surveys_and_resolutions()

    def _divisions(self) -> list[str]:
        return sorted({QUEUES[leg.queue].division for leg in self._story.legs} or {QUEUES[0].division})

    def _participants(self) -> list[Row]:
        made = [self._customer_side()]
        if self._story.ivr_end:
            made.append(self._menu(self._story.ivr_end))
        for number, leg in enumerate(self._story.legs):
            made += self._passage(number, leg)
        return made[1:] + made[:1] if self._story.outbound else made

    def _session(self, key: object, segments: list[Row], metrics: list[Row], **more: t.Any) -> Row:
        story = self._story
        row: Row = {
            "sessionId": uuid(self.id, key),
            "mediaType": story.media,
            "direction": "outbound" if story.outbound else "inbound",
            "provider": PROVIDERS[story.media],
            "segments": segments,
            "metrics": metrics,
            "_at": min((part["_at"] for part in segments), default=story.start),
        }
        if story.media in {"voice", "callback"}:
            row |= {"ani": self._customer.phone, "dnis": OUR_NUMBER, "edgeId": uuid("edge", 1)}
        if story.media == "message":
            row |= {"messageType": "webmessaging", "activeSkillIds": []}
        if story.media == "email":
            row |= {"addressFrom": self._customer.mail, "addressTo": OUR_MAIL}
        return row | more

    def _participant(self, key: object, purpose: str, session: Row, **more: t.Any) -> Row:
        row = {"participantId": uuid(self.id, key, "participant"), "purpose": purpose, "sessions": [session]}
        return row | more | {"_at": session["_at"]}

    def _customer_side(self) -> Row:
        story = self._story
        # seen at the vendor: the customer's first segment can begin some milliseconds before the conversation
        first = story.start - (3 if chance(self._dice[4], 4) else 0)
        queue = QUEUES[story.legs[0].queue].id if story.legs else None
        how = "client" if chance(self._dice[5], 60) else "peer"
        subject = {"subject": f"Case of {self._customer.name}"} if story.media == "email" else {}
        part = segment("interact", first, story.disconnected, queue, disconnectType=how) | subject
        stats = self._media_stats() if story.media == "voice" else {}
        session = self._session("customer session", [part], [metric("nConnected", story.start)], **stats)
        session |= self._callback() if story.media == "callback" else {}
        session["sessionId"], session["_at"] = self._outside, story.start
        part["_at"] = story.start
        attributes = self._customer.attributes(self.id)
        more = {"participantName": self._customer.name, "externalContactId": self._customer.contact_id}
        purpose = "external" if story.outbound else "customer"
        return self._participant("customer", purpose, session, **more, attributes=attributes)

    def _media_stats(self) -> Row:
        at = self._story.disconnected
        stat = {
            "codecs": ["audio/opus"],
            "eventTime": at,
            "maxLatencyMs": between(self._dice[6], 12, 180),
            "minMos": between(self._dice[1], 3500, 4900) / 1000,
            "receivedPackets": (at - self._story.start) // 20,
            "_at": at,
        }
        return {"mediaEndpointStats": [stat]}

    def _callback(self) -> Row:
        return {
            "callbackNumbers": [self._customer.phone],
            "callbackUserName": self._customer.name,
            "callbackScheduledTime": self._story.start + HOUR_MS,
        }

    def _menu(self, end: int) -> Row:
        start = self._story.start + 5
        flow = {
            "flowId": FLOWS[0]["id"],
            "flowName": FLOWS[0]["name"],
            "flowType": "INBOUNDCALL",
            "flowVersion": "28.0",
            "entryType": "dnis",
            "entryReason": OUR_NUMBER,
            "startingLanguage": "en-us",
            "_late": {"exitReason": (end, "TRANSFER"), "transferType": (end, "ACD"), "endingLanguage": (end, "en-us")},
        }
        metrics = [metric("nFlow", start), metric("tFlow", end, end - start), metric("tIvr", end, end - start)]
        part = segment("ivr", start, end, disconnectType="transfer")
        session = self._session("menu", [part], metrics, flow=flow, peerId=self._outside)
        return self._participant("menu", "ivr", session, participantName="Main menu (fake)")

    def _passage(self, number: int, leg: Leg) -> list[Row]:
        made = [] if self._story.outbound else [self._acd(number, leg)]
        if leg.missed:
            made.append(self._missed(number, leg))
        if leg.agent is not None:
            made.append(self._agent(number, leg))
        return made

    def _acd(self, number: int, leg: Leg) -> Row:
        queue, end = QUEUES[leg.queue], leg.answered if leg.agent is not None else leg.left
        waited = end - leg.offered
        metrics = [metric("nOffered", leg.offered), metric("tAcd", end, waited)]
        if leg.agent is None:
            metrics.append(metric("tAbandon", end, waited))
        if waited > queue.level_ms:
            metrics.append(metric("nOverSla", end))
        how = "transfer" if leg.agent is not None else "peer"
        part = segment("interact", leg.offered, end, queue.id, disconnectType=how)
        routing = {"requestedRoutings": ["Standard"], "peerId": self._outside, "remote": self._customer.name}
        session = self._session(("acd", number), [part], metrics, **routing)
        return self._participant(("acd", number), "acd", session, participantName=queue.name)

    def _missed(self, number: int, leg: Leg) -> Row:
        agent, start, end = leg.missed or (0, 0, 0)
        part = segment("alert", start, end, QUEUES[leg.queue].id, disconnectType="noAnswerTransfer")
        metrics = [metric("tAlert", end, end - start), metric("tNotResponding", end, end - start)]
        session = self._session(("missed", number), [part], metrics, peerId=self._outside)
        person = self._people.agents[agent]
        return self._participant(("missed", number), "agent", session, userId=person.id, participantName=person.name)

    def _agent(self, number: int, leg: Leg) -> Row:
        person = self._people.agents[leg.agent or 0]
        segments = [*self._work(leg), *self._wrapups(leg)]
        metrics = sorted([*self._counts(leg), *self._times(leg)], key=lambda row: (row["emitDate"], row["name"]))
        more = {"remote": self._customer.name, "requestedRoutings": ["Standard"], "usedRouting": "Standard"}
        own = {} if self._story.outbound else {"peerId": self._outside, "selectedAgentId": person.id}
        session = self._session(("agent", number), segments, metrics, **more, **own)
        return self._participant(
            ("agent", number), "agent", session, userId=person.id, participantName=person.name, attributes={}
        )

    def _work(self, leg: Leg) -> list[Row]:
        queue = QUEUES[leg.queue].id
        kind = "dialing" if self._story.outbound else "alert"
        made = [segment(kind, leg.alerted, leg.answered, queue)]
        made += [segment(piece, start, end, queue) for piece, start, end in leg.pieces]
        how = "transfer" if leg.transferred else "peer" if chance(self._dice[5], 60) else "client"
        made[-1]["_late"] = {"disconnectType": (leg.left, how)}
        return made

    def _wrapups(self, leg: Leg) -> list[Row]:
        made = []
        for start, end, code in leg.wrapups:
            word = TIMED_OUT if code is None else codes_of(leg.queue)[code]["id"]
            part = segment("wrapup", start, end, QUEUES[leg.queue].id, wrapUpCode=word)
            if chance(self._dice[7], 15):
                part["_late"]["wrapUpNote"] = (end, f"Note on {self._customer.name}")
            made.append(self._late.wrapup(part))
        return made

    def _counts(self, leg: Leg) -> list[Row]:
        made = [metric("nOutbound", leg.alerted)] if self._story.outbound else []
        if leg.transferred:
            made += [metric("nTransferred", leg.left), metric("nBlindTransferred", leg.left)]
        return made

    def _times(self, leg: Leg) -> list[Row]:
        names = {"interact": "tTalk", "hold": "tHeld"}
        spans = [(names[kind], end, end - start) for kind, start, end in leg.pieces]
        made = [metric(name, at, value) for name, at, value in spans]
        totals = {name: sum(value for kind, _, value in spans if kind == name) for name in ("tTalk", "tHeld")}
        made += [metric(f"{name}Complete", leg.left, total) for name, total in totals.items() if total]
        ringing = leg.answered - leg.alerted
        first = "tDialing" if self._story.outbound else "tAlert"
        made.append(metric(first, leg.answered, ringing))
        if not self._story.outbound:
            made.append(metric("tAnswered", leg.answered, leg.answered - leg.offered))
        worked = sum(end - start for start, end, _ in leg.wrapups)
        made += self._late.after_call(leg, sum(totals.values()), worked)
        return made
