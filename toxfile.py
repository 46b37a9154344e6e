"""A plugin of tox: all our environments share one folder of libraries, because all of them have the same lock.

tox makes an environment anew when its folder was made for another name, because environments usually differ in their
libraries. Ours do not. Ten folders would hold the same files, and each would compile them to byte code again, which
takes longer than some of the tests.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tox.plugin import impl
from tox.tox_env.info import Info

if TYPE_CHECKING:
    from tox.tox_env.register import ToxEnvRegister


class _Nameless(Info):
    """What tox keeps of an environment, without its name."""

    def compare(self, value: Any, section: str, sub_section: str | None = None) -> Any:  # noqa: ANN401 - as tox has it
        if isinstance(value, dict) and "name" in value:
            value = {**value, "name": "shared"}
        return super().compare(value, section, sub_section)


@impl
def tox_register_tox_env(register: ToxEnvRegister) -> None:
    """Add the runner `shared`: tox-uv's own, for environments that share their folder."""
    try:
        from tox_uv._run import UvVenvRunner
    except ModuleNotFoundError as error:
        if error.name == "tox_uv":  # tox imports this file before it installs what tox.ini requires
            return
        raise

    class Shared(UvVenvRunner):
        @staticmethod
        def id() -> str:
            return "shared"

        @property
        def cache(self) -> Info:
            return _Nameless(self.env_dir)

    register.add_run_env(Shared)
