"""Which secrets a configuration uses."""

from __future__ import annotations

from config.model import Settings
from config.secrets import AMI, AMI_MARK, FASTAGI, login_secret, phone_secret


def own_names(settings: Settings) -> list[str]:
    """The secrets that Parley may choose: they are made at random unless given."""
    names = {AMI, AMI_MARK, FASTAGI}
    names |= {phone_secret(agent.extension) for agent in settings.agents.values()}
    names |= {phone_secret(phone.extension) for phone in settings.shared_phones.values()}
    names |= {trunk.secret for trunk in settings.trunks.values() if trunk.secret}
    return sorted(names)


def carrier_names(settings: Settings) -> list[str]:
    """The secrets that carriers chose: they must be given."""
    carriers = [trunk.carrier for trunk in settings.trunks.values()]
    return sorted({carrier.secret for carrier in carriers if carrier and carrier.secret})


def login_names(settings: Settings) -> list[str]:
    """People's passwords, of which only a hash is kept."""
    return sorted(login_secret(agent.id) for agent in settings.agents.values())


def secret_names(settings: Settings) -> list[str]:
    """All of them."""
    return sorted({*own_names(settings), *carrier_names(settings), *login_names(settings)})
