"""Lists that give ids their names: users, queues, codes, skills, and the like.

Fields: https://developer.genesys.cloud/devapps/sdk/docexplorer/purecloudpython/ (UsersApi, RoutingApi, PresenceApi,
AuthorizationApi, GroupsApi, LocationsApi, TeamsApi).
"""

from __future__ import annotations

from tap_genesys.schemas.parts import (
    Schema,
    group,
    groups,
    number,
    open_group,
    open_groups,
    record,
    reference,
    references,
    text,
    text_map,
    texts,
    time,
    truth,
    whole,
    whole_map,
)

_NAME = text("name")
_SELF = text("path in the API")
_DIVISION = reference("division it belongs to")
_STATE = text("active, inactive or deleted")
_CREATED = time("when it was made")
_MODIFIED = time("when it was last changed")
_CREATED_BY = text("id of the user who made it")
_MODIFIED_BY = text("id of the user who last changed it")

_CONTACT: dict[str, Schema] = {
    "address": text("number or address; personal data"),
    "display": text("the same as it is shown"),
    "mediaType": text("PHONE, EMAIL, SMS"),
    "type": text("PRIMARY, WORK, WORK2, …, HOME, MOBILE, MAIN, OTHER"),
    "extension": text("extension"),
    "countryCode": text("country of the number"),
    "integration": text("integration that the address belongs to"),
}

_IMAGES = groups("pictures", {"resolution": text("size, such as x96"), "imageUri": text("address of the picture")})

USER = record(
    ["id"],
    {
        "id": text("user id"),
        "name": text("display name; personal data"),
        "preferredName": text("name the person prefers"),
        "division": _DIVISION,
        "chat": group("address in the chat system", {"jabberId": text("address")}),
        "department": text("department"),
        "email": text("e-mail address; personal data"),
        "primaryContactInfo": groups("the addresses to use first", _CONTACT),
        "addresses": groups("all addresses", _CONTACT),
        "state": _STATE,
        "title": text("title of the position"),
        "username": text("login name"),
        "manager": reference("the user's manager"),
        "images": _IMAGES,
        "version": whole("goes up with each change"),
        "certifications": texts("certifications"),
        "biography": open_group("what the user says about themselves"),
        "employerInfo": group(
            "employment",
            {
                "officialName": text("official name; personal data"),
                "employeeId": text("employee number"),
                "employeeType": text("kind of employment"),
                "dateHire": text("day of hire"),
            },
        ),
        "profileSkills": texts("skills in the profile; not those of routing"),
        "groups": references("groups the user belongs to"),
        "locations": open_groups("where the user works"),
        "team": reference("the user's team"),
        "skills": groups(
            "routing skills",
            {
                "id": text("id of the skill"),
                "name": text("name of the skill"),
                "proficiency": number("grade, 0 to 5"),
                "state": _STATE,
                "skillUri": text("path of the skill in the API"),
                "selfUri": _SELF,
            },
        ),
        "languages": groups(
            "language skills",
            {
                "id": text("id of the language"),
                "name": text("name of the language"),
                "proficiency": number("grade, 0 to 5"),
                "state": _STATE,
                "languageUri": text("path of the language in the API"),
                "selfUri": _SELF,
            },
        ),
        "authorization": group(
            "rights",
            {
                "roles": references("roles"),
                "unusedRoles": references("roles that are not used"),
                "permissions": texts("permissions"),
                "permissionPolicies": open_groups("permissions in detail"),
            },
        ),
        "acdAutoAnswer": truth("whether calls are answered by themselves"),
        "languagePreference": text("preferred language"),
        "dateLastLogin": time("last login"),
        "dateWelcomeSent": time("when the welcome message was sent"),
        "selfUri": _SELF,
    },
)

_MEDIA_SETTINGS = group(
    "alerting and service level",
    {
        "alertingTimeoutSeconds": whole("s before an alert moves on"),
        "serviceLevel": group(
            "goal",
            {
                "percentage": number("share to be answered in time, 0 to 1"),
                "durationMs": whole("ms within which"),
            },
        ),
        "enableAutoAnswer": truth("whether it is answered by itself"),
        "enableAutoDialAndEnd": truth("whether a callback is dialled and ended by itself"),
        "mode": text("who is called first in a callback"),
    },
)

QUEUE = record(
    ["id"],
    {
        "id": text("queue id"),
        "name": text("name of the queue"),
        "division": _DIVISION,
        "description": text("free text"),
        "dateCreated": _CREATED,
        "dateModified": _MODIFIED,
        "createdBy": _CREATED_BY,
        "modifiedBy": _MODIFIED_BY,
        "memberCount": whole("members"),
        "userMemberCount": whole("members that are users of their own"),
        "joinedMemberCount": whole("members that are joined"),
        "mediaSettings": group(
            "settings per medium",
            dict.fromkeys(("call", "callback", "chat", "email", "message"), _MEDIA_SETTINGS),
        ),
        "routingRules": groups(
            "rules of bullseye-like routing",
            {
                "operator": text("MEETS_THRESHOLD or ANY"),
                "threshold": whole("score to be met"),
                "waitSeconds": number("s to wait before the next rule"),
            },
        ),
        "conditionalGroupRouting": open_group("conditional group routing"),
        "conditionalGroupActivation": open_group("conditional group activation"),
        "bullseye": open_group("bullseye routing"),
        "scoringMethod": text("TimestampAndPriority or PriorityOnly"),
        "lastAgentRoutingMode": text("Disabled, QueueMembersOnly, AnyAgent"),
        "acwSettings": group(
            "after-call work",
            {
                "wrapupPrompt": text(
                    "MANDATORY, OPTIONAL, MANDATORY_TIMEOUT, MANDATORY_FORCED_TIMEOUT, AGENT_REQUESTED"
                ),
                "timeoutMs": whole("ms the agent has"),
            },
        ),
        "skillEvaluationMethod": text("NONE, BEST, ALL"),
        "memberGroups": references("groups whose members are members", type=text("kind of the group")),
        "queueFlow": reference("in-queue flow for calls"),
        "emailInQueueFlow": reference("in-queue flow for e-mails"),
        "messageInQueueFlow": reference("in-queue flow for messages"),
        "whisperPrompt": reference("prompt played to the agent"),
        "onHoldPrompt": reference("prompt played on hold"),
        "defaultMediaLanguage": text("language of the media"),
        "autoAnswerOnly": truth("whether agents must use auto-answer"),
        "cannedResponseLibraries": open_group("libraries of canned responses"),
        "enableTranscription": truth("whether calls are transcribed"),
        "enableAudioMonitoring": truth("whether calls may be listened to"),
        "enableManualAssignment": truth("whether work may be assigned by hand"),
        "agentOwnedRouting": open_group("routing of agent-owned callbacks"),
        "directRouting": open_group("direct routing"),
        "callingPartyName": text("name shown to the called"),
        "callingPartyNumber": text("number shown to the called"),
        "defaultScripts": open_group("script per medium"),
        "outboundMessagingAddresses": open_group("sender addresses of messages"),
        "outboundEmailAddress": open_group("sender address of e-mails"),
        "peerId": text("id in the old system"),
        "suppressInQueueCallRecording": truth("whether waiting is left out of recordings"),
        "selfUri": _SELF,
    },
)

QUEUE_MEMBER = record(
    ["queueId", "id"],
    {
        "queueId": text("id of the queue"),
        "id": text("user id of the member"),
        "name": text("display name; personal data"),
        "user": reference("the user"),
        "ringNumber": whole("bullseye ring"),
        "joined": truth("whether the member is joined"),
        "memberBy": text("user or group"),
        "routingStatus": group(
            "routing status at the time of reading",
            {
                "userId": text("user id"),
                "status": text("OFF_QUEUE, IDLE, INTERACTING, …"),
                "startTime": time("since when"),
            },
        ),
        "selfUri": _SELF,
    },
)

_WRAPUP_CODE: dict[str, Schema] = {
    "id": text("id of the wrap-up code"),
    "name": text("the wrap-up code's title"),
    "division": _DIVISION,
    "description": text("free text"),
    "dateCreated": _CREATED,
    "dateModified": _MODIFIED,
    "createdBy": _CREATED_BY,
    "modifiedBy": _MODIFIED_BY,
    "selfUri": _SELF,
}
WRAPUP_CODE = record(["id"], _WRAPUP_CODE)
QUEUE_WRAPUP_CODE = record(["queueId", "id"], {"queueId": text("id of the queue"), **_WRAPUP_CODE})

PRESENCE_DEFINITION = record(
    ["id"],
    {
        "id": text("presence definition id"),
        "name": _NAME,
        "type": text("System or User"),
        "languageLabels": text_map("label per language"),
        "systemPresence": text("Available, Away, Busy, …, spelt otherwise than in user_presence"),
        "divisionId": text("id of the division"),
        "deactivated": truth("whether it is no longer offered"),
        "selfUri": _SELF,
    },
)

SKILL = record(
    ["id"],
    {
        "id": text("skill id"),
        "name": _NAME,
        "division": _DIVISION,
        "dateModified": _MODIFIED,
        "state": _STATE,
        "version": text("goes up with each change"),
        "selfUri": _SELF,
    },
)

LANGUAGE = record(
    ["id"],
    {
        "id": text("language id"),
        "name": _NAME,
        "dateModified": _MODIFIED,
        "state": _STATE,
        "version": text("goes up with each change"),
        "selfUri": _SELF,
    },
)

DIVISION = record(
    ["id"],
    {
        "id": text("division id"),
        "name": _NAME,
        "description": text("free text"),
        "homeDivision": truth("whether it is the home division"),
        "objectCounts": whole_map("objects per kind"),
        "selfUri": _SELF,
    },
)

GROUP = record(
    ["id"],
    {
        "id": text("group id"),
        "name": _NAME,
        "description": text("free text"),
        "dateModified": _MODIFIED,
        "memberCount": whole("members"),
        "state": _STATE,
        "version": whole("goes up with each change"),
        "type": text("official or social"),
        "images": _IMAGES,
        "addresses": groups(
            "addresses of the group",
            {
                "address": text("number or address"),
                "display": text("the same as it is shown"),
                "mediaType": text("PHONE"),
                "type": text("GROUPRING or GROUPPHONE"),
                "extension": text("extension"),
            },
        ),
        "rulesVisible": truth("whether its rules are shown"),
        "visibility": text("public, owners, members"),
        "rolesEnabled": truth("whether roles may be given to it"),
        "includeOwners": truth("whether owners are members"),
        "callsEnabled": truth("whether it may be called"),
        "email": text("e-mail address"),
        "owners": references("owners"),
        "selfUri": _SELF,
    },
)

LOCATION = record(
    ["id"],
    {
        "id": text("location id"),
        "name": _NAME,
        "contactUser": reference("whom to ask"),
        "emergencyNumber": group(
            "number for emergencies",
            {
                "e164": text("the number, E.164"),
                "number": text("the number as entered"),
                "type": text("kind of the number"),
            },
        ),
        "address": group(
            "postal address",
            {
                "city": text("city"),
                "country": text("country code"),
                "countryName": text("country"),
                "state": text("state or region"),
                "street1": text("street"),
                "street2": text("street, second line"),
                "zipcode": text("postal code"),
            },
        ),
        "state": text("active or deleted"),
        "notes": text("free text"),
        "version": whole("goes up with each change"),
        "path": texts("ids of the locations around it"),
        "profileImage": _IMAGES,
        "floorplanImage": _IMAGES,
        "addressVerificationDetails": open_group("how the address was checked"),
        "addressVerified": truth("whether the address was checked"),
        "addressStored": truth("whether the address is stored with the emergency service"),
        "images": text("pictures"),
        "selfUri": _SELF,
    },
)

ROLE = record(
    ["id"],
    {
        "id": text("role id"),
        "name": _NAME,
        "description": text("free text"),
        "defaultRoleId": text("id of the vendor's role that it is made of"),
        "permissions": texts("permissions"),
        "unusedPermissions": texts("permissions that are not used"),
        "permissionPolicies": open_groups("permissions in detail"),
        "userCount": whole("users that have it"),
        "roleNeedsUpdate": truth("whether the vendor's role has changed since"),
        "baseLicense": text("licence it needs"),
        "addonLicenses": texts("further licences it needs"),
        "dateLicenseLastUpdated": time("when its licences last changed"),
        "default": truth("whether it is one of the vendor's"),
        "base": truth("whether it is a base role"),
        "selfUri": _SELF,
    },
)

TEAM = record(
    ["id"],
    {
        "id": text("team id"),
        "name": _NAME,
        "division": _DIVISION,
        "description": text("free text"),
        "dateCreated": _CREATED,
        "dateModified": _MODIFIED,
        "memberCount": whole("members"),
        "selfUri": _SELF,
    },
)
