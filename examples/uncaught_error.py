# An uncaught exception: the traceback is CPython's, with carets and the chain of causes; status 1.


class ConfigurationError(Exception):
    pass


def port(settings):
    return int(settings["server"]["port"]) + 1


def load(settings):
    try:
        return port(settings)
    except KeyError as error:
        raise ConfigurationError("the server has no port") from error


print(load({"server": {"port": "8000"}}))  # expect: 8001
load({"server": {}})
