"""The catalogue of user-facing words: flat dotted keys in YAML, Vietnamese and English."""

from __future__ import annotations

import difflib
import re
import unicodedata
from collections.abc import Iterable
from pathlib import Path

import yaml

from ioc.errors import ConfigError, IocError

LANGS = ("vi", "en")
_KEY = re.compile(r"[a-z0-9_]+(\.[a-z0-9_]+)*")


class Words:
    """Looks up a text: `words('card.missing', 'vi', unit='Sơn Hà')`; a missing key or parameter is an
    error.
    """

    def __init__(self, texts: dict[str, dict[str, str]]) -> None:
        self._texts = texts

    @classmethod
    def load(cls, paths: Iterable[Path]) -> Words:
        """Read the files. `vi.yaml` / `x.en.yaml` hold texts of one language; any other name holds {vi: ,
        en: } per key.

        Raises ConfigError (file and line) for a key given twice, a malformed key, or a text that is not a
        string.
        """
        texts: dict[str, dict[str, str]] = {}
        for path in paths:
            file_lang = path.stem.rpartition(".")[2]
            for key, line, node in _entries(path):
                if file_lang in LANGS:
                    pairs = [(file_lang, node)]
                elif isinstance(node, yaml.MappingNode):
                    pairs = [(str(name.value), value) for name, value in node.value]
                else:
                    raise ConfigError(path, line, f"key {key!r} needs the texts vi and en")
                for lang, value in pairs:
                    _add(texts, path, key, lang, value)
        return cls(texts)

    def __call__(self, key: str, lang: str = "vi", **params: object) -> str:
        """The text with its {parameters} filled in; raises IocError with the nearest key when it is
        missing.
        """
        text = self._texts.get(key, {}).get(lang)
        if text is None:
            near = difflib.get_close_matches(key, self._texts, 1)
            remedy = f"did you mean {near[0]!r}?" if near and near[0] != key else "add it to the words files"
            raise IocError(f"no text for {key!r} in {lang!r}", remedy=remedy)
        try:
            return text.format(**params)
        except (KeyError, IndexError) as error:
            raise IocError(f"text {key!r} ({lang}) needs the parameter {error}", remedy="pass it by name") from error

    def __contains__(self, key: str) -> bool:
        return key in self._texts

    def keys(self) -> list[str]:
        """All keys, sorted."""
        return sorted(self._texts)

    def gaps(self) -> list[str]:
        """What a test must find empty: keys that lack a language, or whose languages take different
        parameters.
        """
        found = []
        for key, texts in sorted(self._texts.items()):
            found += [f"{key}: no {lang}" for lang in LANGS if lang not in texts]
            if len({frozenset(re.findall(r"{(\w+)", text)) for text in texts.values()}) > 1:
                found.append(f"{key}: the languages take different parameters")
        return found


def _entries(path: Path) -> list[tuple[str, int, yaml.Node]]:
    """Top-level keys with line numbers; composed, not loaded, because a loader lets a second key win
    silently.
    """
    try:
        root = yaml.compose(path.read_text(encoding="utf-8"), Loader=yaml.SafeLoader)
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else None
        raise ConfigError(path, line, f"not readable as YAML: {error.problem}") from error
    if root is None:
        return []
    if not isinstance(root, yaml.MappingNode):
        raise ConfigError(path, 1, "expected 'key: text' lines")
    return [(str(key.value), key.start_mark.line + 1, value) for key, value in root.value]


def _add(texts: dict[str, dict[str, str]], path: Path, key: str, lang: str, node: yaml.Node) -> None:
    line = node.start_mark.line + 1
    if not _KEY.fullmatch(key):
        raise ConfigError(path, line, f"malformed key {key!r}", remedy="use lower-case words joined by dots")
    if lang not in LANGS:
        raise ConfigError(path, line, f"unknown language {lang!r} for {key!r}", remedy="use vi and en")
    if not isinstance(node, yaml.ScalarNode):
        raise ConfigError(path, line, f"the text of {key!r} is not a string")
    known = texts.setdefault(key, {})
    if lang in known:
        raise ConfigError(path, line, f"key {key!r} is given twice for {lang!r}", remedy="delete one of them")
    known[lang] = unicodedata.normalize("NFC", str(node.value))
