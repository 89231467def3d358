"""The language server: findings in an editor, as files are saved."""
