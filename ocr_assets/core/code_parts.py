"""Code cut into passages: between its lines, each part in a fence of its own."""

from collections.abc import Callable, Iterator

from ocr_assets.core.markdown import FENCE


def is_code(text: str) -> bool:
    """Whether it is a fenced listing."""
    return text.startswith(FENCE)


def code_parts(text: str, max_tokens: int, count_tokens: Callable[[str], int]) -> Iterator[str]:
    """The fenced listing whole where it has at most `max_tokens`, else as many of its lines at a time as fit.

    A line that is longer by itself is cut into runs of characters; with a limit that leaves no room beside the fences,
    a part is a line.
    """
    if count_tokens(text) <= max_tokens:
        yield text
        return
    fence, *lines, end = text.splitlines()
    room = max(1, max_tokens - count_tokens(f"{fence}\n{end}"))
    group, size = list[str](), 0
    for part in (part for line in lines for part in _runs(line, room, count_tokens)):
        tokens = count_tokens(part)
        if group and size + tokens > room:
            yield "\n".join([fence, *group, end])
            group, size = [], 0
        group.append(part)
        size += tokens
    yield "\n".join([fence, *group, end])


def _runs(line: str, room: int, count_tokens: Callable[[str], int]) -> Iterator[str]:
    """The line, a longer one in runs that have a token a character at the most."""
    if count_tokens(line) <= room:
        yield line
    else:
        yield from (line[start : start + room] for start in range(0, len(line), room))
