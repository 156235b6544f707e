"""Fetched mail, as people read and answer it."""

from app.mailbox.operations import delete_of, note_seen
from app.mailbox.queries import (
    MOST_COUNTED,
    Listed,
    Position,
    content_of,
    count_messages,
    count_unread,
    count_unread_by_account,
    find_message,
    find_on_server,
    list_folders,
    list_messages,
    piece_of,
    whole,
)
from app.mailbox.reading import MOST_OF_IMAGES, File, Reading, Span, data_of, file_data, image_in, read
from app.mailbox.replying import Reply, others, reply_to
from app.mailbox.showing import has_remote_images, shown

__all__ = [
    "MOST_COUNTED",
    "MOST_OF_IMAGES",
    "File",
    "Listed",
    "Position",
    "Reading",
    "Reply",
    "Span",
    "content_of",
    "count_messages",
    "count_unread",
    "count_unread_by_account",
    "data_of",
    "delete_of",
    "file_data",
    "find_message",
    "find_on_server",
    "has_remote_images",
    "image_in",
    "list_folders",
    "list_messages",
    "note_seen",
    "others",
    "piece_of",
    "read",
    "reply_to",
    "shown",
    "whole",
]
