from tests.usage.conftest import sandbox

__all__ = ["sandbox"]
