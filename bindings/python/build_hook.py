"""Takes the built library and the models along in the wheel, which thereby becomes a wheel of this platform."""

import os
import sysconfig
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class LibraryHook(BuildHookInterface):  # type: ignore[type-arg]
    """Copies librm.so, from $LIBRM_LIBRARY or from build/lib of the repository, next to the Python modules, and the
    repository's models into `models` beside it, where librm.so looks for them."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        if version == "editable":  # $LIBRM_LIBRARY or the system's library will be loaded
            return
        given = os.environ.get("LIBRM_LIBRARY")
        built = Path(self.root).resolve().parents[1] / "build" / "lib" / "librm.so"
        library = Path(given) if given else built
        if not library.is_file():
            where = f"$LIBRM_LIBRARY is {given!r}, where there is no file" if given else f"there is no {built}"
            raise FileNotFoundError(
                f"librm.so is needed to build the Python package, but {where}. Build the library first "
                "(`make` at the top of the repository), or set LIBRM_LIBRARY to a librm.so."
            )
        included = {str(library.resolve()): "librm/librm.so"}
        for model in Path(self.root).resolve().parents[1].glob("models/*/model.safetensors"):
            included[str(model)] = f"librm/models/{model.parent.name}/{model.name}"
        build_data["force_include"] = included
        build_data["pure_python"] = False
        build_data["tag"] = "py3-none-" + sysconfig.get_platform().replace("-", "_").replace(".", "_")
