"""The members' room: their card, rewards, history, messages and profile, at /m/<slug>/."""
