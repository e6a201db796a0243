"""Conversations about oneself: registering, PIN, phone, chats, language."""
