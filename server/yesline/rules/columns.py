"""Which column of somebody's list is what: our own names, and those that Braze, Klaviyo and spreadsheets give to the same things.

Only letters and digits of a name count: ``Phone Number``, ``phone_number`` and ``$phone_number`` are one. Source: ``field``, rows 57 to 61.
"""

import re
from collections.abc import Iterable
from functools import lru_cache
from typing import Literal

from yesline.programme import Group

Channel = Literal["sms", "email"]

_ALIASES = {
    "phone": "phone phonenumber phonenumbers mobile mobilephone mobilenumber mobilephonenumber cell cellphone telephone tel msisdn e164 smsnumber smsphonenumber",
    "email": "email emailaddress mail",
    "external_id": "externalid externaluserid userid customerid klaviyoexternalid",
    "first_name": "firstname givenname forename",
    "last_name": "lastname surname familyname",
    "language": "language lang locale preferredlanguage",
    "country": "country countrycode phonecountry",
    "group": "group groupid subscriptiongroup subscriptiongroupid",
    "stopped": "stopped",
    "source": "source consentsource optinsource subscriptionsource smsconsentsource smsconsentmethod consentmethod",
    "date": "since consentdate consentat consenttimestamp optindate optinat optintime optintimestamp subscribedat subscribedon datesubscribed "
    "dateofconsent smsconsentdate smsconsentat smsconsenttimestamp smsoptindate smssubscribedat",
    "state": "state status subscriptionstate subscriptionstatus consent consentstatus optinstatus",
}  # fmt: skip
_OF_CHANNEL: dict[Channel, str] = {
    "sms": "smsconsent smsconsentstatus smsstatus smssubscriptionstatus smssubscription smsmarketingconsent smsmarketing acceptssmsmarketing smssubscribe",
    "email": "emailsubscribe emailconsent emailconsentstatus emailstatus emailmarketingconsent emailmarketing acceptsemailmarketing acceptsmarketing",
}  # fmt: skip

_VAGUE = ("since", "state", "status", "consent", "source", "country")
"""Names that may stand for something else beside one that says plainly what it is."""


def bare(name: str) -> str:
    """A column's name as it is compared."""
    return re.sub(r"[^a-z0-9]", "", name.lower())


@lru_cache
def _roles(channel: Channel) -> dict[str, str]:
    found = {alias: role for role, aliases in _ALIASES.items() for alias in aliases.split()}
    return found | dict.fromkeys(_OF_CHANNEL[channel].split(), "state")


def role(name: str, group: Group) -> str:
    """What a column is to an import into a group; empty for one that is left alone."""
    return _roles(group.channel).get(bare(name), "")


def recognised(names: Iterable[str], group: Group) -> dict[str, str]:
    """Columns by what they are. Of several for one thing that is read which says it most plainly, else the first."""
    found: dict[str, str] = {}
    for name in names:
        known = role(name, group)
        if known and (known not in found or bare(found[known]) in _VAGUE):
            found[known] = name
    return found
