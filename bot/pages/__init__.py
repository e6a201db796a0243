"""
The pages of the web: what everybody's have in common (`render`, `forms`, `charts`, `static`), and each subject's.

They are whole without a script, in one column, and in the words and figures of the conversations.
"""
