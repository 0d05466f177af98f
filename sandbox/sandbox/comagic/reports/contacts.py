"""Chats with their messages, offline messages, goals, and the list of all communications."""

# ruff: noqa: RUF001  # the vendor's own words, and the account's, are Russian
from __future__ import annotations

import typing as t

from sandbox.comagic import catalog
from sandbox.comagic.life.call import Call
from sandbox.comagic.life.chat import Chat, Message
from sandbox.comagic.life.contact import Contact
from sandbox.comagic.life.form import Form, Goal
from sandbox.comagic.life.zone import SECOND_MS, wall_text
from sandbox.comagic.reports.blocks import Moment, contact_blocks, documented, employee, group
from sandbox.comagic.reports.calls import call_row
from sandbox.dice import between, chance, pick

Row = dict[str, t.Any]

CHATS: t.Final = "get.chats_report"
MESSAGES: t.Final = "get.chat_messages_report"
FORMS: t.Final = "get.offline_messages_report"
GOALS: t.Final = "get.goals_report"
RELEASED: t.Final = ("closed_by_operator", "closed_by_visitor", "visitor_disconnected")
QUESTIONS: t.Final = ("Здравствуйте", "Сколько стоит остекление балкона?", "А когда приедет замерщик?", "Спасибо!")
ANSWERS: t.Final = ("Добрый день! Чем помочь?", "Уточните, пожалуйста, размеры", "Завтра после обеда", "Всего доброго")
ATTACHMENT: t.Final = {"type": "image", "file_name": "balkon.png", "mime_type": "image/png"}


def chat_row(chat: Chat, moment: Moment) -> Row:
    """All documented fields of a chat, as far as it has come."""
    if chat.sample:
        row = documented(CHATS, chat.wall)
        return {**row, "visitor_phone_number": _digits(row["visitor_phone_number"])}
    number, name, kind, _ = catalog.OPEN_CHANNELS[chat.channel]
    messenger = chat.channel > 0
    return {
        **contact_blocks(chat, moment),
        "id": chat.number,
        "communication_id": chat.number,
        "communication_type": "chat",
        "date_time": wall_text(chat.wall),
        "initiator": "chat_channel" if messenger else pick(chat.dice[4], ("visitor", "visitor", "autoinvite")),
        "chat_ad_url": "https://avito.example.test/1" if messenger and chance(chat.dice[5], 10) else None,
        "chat_channel_id": number,
        "chat_channel_type": kind,
        "chat_channel_name": name,
        "chat_user_id": f"u-{chat.person.index}" if messenger else None,
        "chat_username": f"user{chat.person.index}" if messenger else None,
        "is_group_chat": messenger and chance(chat.dice[6], 3),
        "is_transfer": chat.answered and chance(chat.dice[7], 6),
        "visitor_phone_number": _digits(chat.person.phone) if chance(chat.dice[8], 40) else None,
        "visitor_ids": [] if chat.campaign is None else [chat.person.visitor["visitor_id"]],
        "visitor_profile_url": f"https://vk.example.test/id{chat.person.index}" if messenger else None,
        "ext_id": f"chat-{chat.dice[9]}" if chance(chat.dice[10], 5) else None,
        **_course(chat, moment),
    }


def _digits(phone: str | None) -> int | None:
    return None if phone is None else int(phone)


def _course(chat: Chat, moment: Moment) -> Row:
    over, answered_at = moment.has_come(chat.finish), chat.utc + chat.answer * SECOND_MS
    answered = chat.answered and moment.has_come(answered_at)
    written = sum(moment.has_come(chat.utc + beat * SECOND_MS) for beat in chat.beats)
    rating = between(chat.dice[14], 1, 5) if moment.has_come(chat.rated_at) else None
    return {
        "status": _status(over=over, answered=answered, refused=chance(chat.dice[11], 25)),
        "duration": str(chat.length) if over else None,
        "answer_time": chat.answer if answered else None,
        "messages_count": written,
        "release_cause": _release(chat) if over else None,
        **employee(chat.employee if answered else None),
        "employee_messages_count": written // 2 if answered else 0,
        "employee_raiting": rating,
    }


def _status(*, over: bool, answered: bool, refused: bool) -> str:
    if not over:
        return "active" if answered else "new"
    return "succeed" if answered else "refused" if refused else "lost"


def _release(chat: Chat) -> str:
    longest = 3600
    if chat.length - chat.beats[-1] > longest or not chat.answered:
        return "closed_by_timeout"
    return pick(chat.dice[12] ^ chat.dice[1], RELEASED)


def message_row(message: Message, moment: Moment) -> Row:
    """All documented fields of a message."""
    del moment
    chat = message.chat
    number, _, kind, _ = catalog.OPEN_CHANNELS[chat.channel]
    if chat.sample:
        return documented(MESSAGES, chat.wall) | {"channel_id": number, "channel_type": kind}
    texts = ANSWERS if message.by_operator else QUESTIONS
    picture = not message.by_operator and (chat.dice[13] + message.index) % 9 == 0
    return {
        "id": message.number,
        "chat_id": chat.number,
        "channel_id": number,
        "channel_type": kind,
        "date_time": wall_text(message.wall),
        "is_group_chat": chat.channel > 0 and chance(chat.dice[6], 3),
        "visitor_id": None if chat.campaign is None else chat.person.visitor["visitor_id"],
        "text": None if picture else texts[message.index // 2 % len(texts)],
        "source": "operator" if message.by_operator else "visitor" if chat.channel == 0 else "chat_channel",
        "resource": _picture(message) if picture else None,
        **employee(chat.employee if message.by_operator else None),
    }


def _picture(message: Message) -> Row:
    size = 20_480 + message.chat.dice[12] % 100_000
    return {**ATTACHMENT, "size": size, "file_url": f"https://files.example.test/f/{message.number}"}


def form_row(form: Form, moment: Moment) -> Row:
    """All documented fields of an offline message, as far as it has been dealt with."""
    if form.sample:
        return documented(FORMS, form.wall)
    own = pick(form.dice[1] ^ form.dice[3], ("Пользовательская", "Стандартная", "DataAPI"))
    name = form.person.contact["contact_full_name"]
    return {
        **contact_blocks(form, moment),
        "id": form.number,
        "communication_id": form.number,
        "communication_type": "offline_message",
        "date_time": wall_text(form.wall),
        "text": "Техническая заявка" if form.technical else pick(form.dice[2], ("Прошу перезвонить", "Нужен замер")),
        "is_agree_to_process_personal_data": True,
        "is_agree_to_mailing": chance(form.dice[4], 30),
        "form_type": own,
        "form_name": "Заявка" if own == "Пользовательская" else None,
        "properties": '{"этаж": 5}' if chance(form.dice[6], 15) else None,
        "visitor_phone_number": _digits(form.person.phone),
        "visitor_email": f"visitor{form.person.index}@example.test" if chance(form.dice[7], 50) else None,
        "visitor_name": name or pick(form.dice[8], ("Имя Тестовое", None)),
        "ext_id": f"form-{form.dice[9]}" if own == "DataAPI" else None,
        **_processing(form, moment),
    }


def _processing(form: Form, moment: Moment) -> Row:
    taken, done = moment.has_come(form.taken_at), moment.has_come(form.processed_at)
    return {
        "status": "processed" if done else "processing" if taken else "not_processed",
        "process_time": moment.text(form.processed_at),
        **employee(form.employee if taken else None),
        **group(form.employee if taken else None),
        "employee_answer_message": "Мы вам перезвоним" if done and chance(form.dice[10], 40) else None,
        "employee_comment": "Перезвонили" if done and chance(form.dice[11], 40) else None,
    }


def goal_row(goal: Goal, moment: Moment) -> Row:
    """All documented fields of a goal; its ``id`` is that of the definition, which comes again and again."""
    if goal.sample:
        return documented(GOALS, goal.wall)
    number, name, kind, ext_id, counted_by = catalog.GOALS[goal.event]
    return {
        **contact_blocks(goal, moment),
        "id": number,
        "date_time": wall_text(goal.wall),
        "name": name,
        "type": kind,
        "ext_id": ext_id,
        "source": counted_by,
        "communication_id": goal.number,
        "communication_type": "goal",
    }


RENDERED: t.Final[dict[str, t.Callable[[t.Any, Moment], Row]]] = {
    Call.kind: call_row,
    Chat.kind: chat_row,
    Form.kind: form_row,
    Goal.kind: goal_row,
}


def communication_row(contact: Contact, moment: Moment) -> Row:
    """All documented fields of a communication, whatever its type."""
    row = RENDERED[contact.kind](contact, moment) if contact.sample else contact_blocks(contact, moment)
    return {
        **row,
        "id": contact.number,
        "communication_type": contact.kind,
        "date_time": wall_text(contact.wall),
        "utm_referrer": row.get("utm_referrer"),
        "utm_expid": row.get("utm_expid"),
        **_source_of(row),
    }


def _source_of(row: Row) -> Row:
    """Goals state no source, so the documented one gets none either."""
    return {name: row.get(name) for name in ("source_id", "source_name", "source_new", "channel_new", "channel_code")}
