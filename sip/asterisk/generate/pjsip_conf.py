"""pjsip.conf: transports, agents' phones, trunks, the self-test's two endpoints.

Nobody is anonymous: a request is known by its digest user name, or (trunks only)
by its source address. Everything else gets the same 401 as a wrong password, so a
scanner learns nothing. Only digests are written, never passwords.
"""

from __future__ import annotations

import hashlib

from config.agents import AgentSettings
from config.model import Settings
from config.phones import Several
from config.secrets import Secret, Secrets, phone_secret
from config.shared_phones import SharedPhone
from config.sip import Codec
from config.trunks import Carrier, Trunk
from sip.asterisk.codecs import usable
from sip.asterisk.generate import dialplan
from sip.asterisk.generate.acl_conf import BLOCKED
from sip.asterisk.generate.text import Conf, digits, display_name, host, word

_RETRY_SECONDS = 30
_RETRIES = 100_000_000  # of 30 s each


def digest(user: str, realm: str, secret: Secret) -> str:
    """The HA1 of RFC 2617, which stands for the password within one realm."""
    plain = f"{user}:{realm}:{secret.reveal()}"
    return hashlib.md5(plain.encode(), usedforsecurity=False).hexdigest()


def pjsip_conf(settings: Settings, secrets: Secrets, modules: frozenset[str]) -> str:
    """Text of ``pjsip.conf``; ``modules`` tells which codecs there are. Raises
    :class:`~sip.asterisk.codecs.NoUsableCodec`."""
    conf = Conf("SIP: transports, agents' phones, trunks.")
    writer = _Writer(conf, settings, secrets, modules)
    writer.base()
    writer.transports()
    for agent in settings.agents.values():
        writer.agent(agent)
    for phone in settings.shared_phones.values():
        writer.shared_phone(phone)
    for trunk in settings.trunks.values():
        writer.trunk(trunk)
    for name in (dialplan.SELFTEST_CALLER, dialplan.SELFTEST_AGENT):
        writer.selftest(name)
    return conf.text()


class _Writer:
    def __init__(
        self, conf: Conf, settings: Settings, secrets: Secrets, modules: frozenset[str]
    ) -> None:
        self._conf = conf
        self._settings = settings
        self._sip = settings.sip
        self._secrets = secrets
        self._modules = modules

    @property
    def _media_address(self) -> str | None:
        bind = self._sip.bind
        return None if bind in ("0.0.0.0", "::") else bind  # noqa: S104

    def base(self) -> None:
        self._conf.section("system").set(
            type="system",
            disable_tcp_switch=True,
            # How long a peer may be silent before a request is given up (timer B of
            # RFC 3261), and the interval of repetition that belongs to it (T1 = B / 64).
            timer_t1=1000 * self._settings.outbound.response_seconds // 64,
            timer_b=1000 * self._settings.outbound.response_seconds,
        )
        self._conf.section("global").set(
            type="global",
            user_agent=self._sip.user_agent,
            default_realm=self._sip.realm,
            # A digest's user name first; a listed address before the From header,
            # which a trunk fills with the caller's number.
            endpoint_identifier_order="auth_username,ip,username",
            # The first request of every digest log-in is unidentified: not an attack.
            unidentified_request_count=1000,
            unidentified_request_period=5,
            disable_multi_domain=True,
            # A phone that does not register again is missed within seconds.
            contact_expiration_check_interval=5,
            # 'user;npdi;rn=...' is the user with parameters of number portability.
            ignore_uri_user_options=True,
        )
        # Before anything else of a message is looked at. The app fills the list.
        self._conf.section(BLOCKED).set(type="acl", acl=BLOCKED)

    def transports(self) -> None:
        sip = self._sip
        for protocol in ("udp", "tcp"):
            self._transport(protocol, f"{host(sip.bind)}:{sip.port}")
        if sip.tls is not None:
            self._transport("tls", f"{host(sip.bind)}:{sip.tls.port}")
            self._conf.set(
                cert_file=sip.tls.certificate.absolute(),
                priv_key_file=sip.tls.private_key_file.absolute(),
                method="tlsv1_2",
                ca_list_file=sip.tls.ca_file and sip.tls.ca_file.absolute(),
                verify_server=True if sip.tls.ca_file else None,
            )

    def _transport(self, protocol: str, bind: str) -> None:
        outside = self._sip.external_address
        self._conf.section(f"transport-{protocol}").set(
            type="transport",
            protocol=protocol,
            bind=bind,
            external_media_address=outside and host(outside),
            external_signaling_address=outside and host(outside),
        )
        for network in self._sip.local_networks:
            self._conf.set(local_net=network)

    def agent(self, agent: AgentSettings) -> None:
        name = digits(agent.extension)
        shown = display_name(agent.name.text("en"))
        self._endpoint(name, context=dialplan.AGENTS, codecs=(), subscribes=True)
        self._conf.set(
            callerid=f'"{shown}" <{name}>' if shown else f"<{name}>",
            identify_by="auth_username,username",
            # The phone shows with whom it talks, also after a transfer: P-Asserted-Identity in
            # an UPDATE. A number that the caller withholds is not sent (trust_id_outbound).
            send_connected_line=True,
            send_pai=True,
            trust_id_outbound=False,
        )
        self._conf.set(aors=name, auth=name)
        self._subscriptions(name)
        self._aor(name, mailbox=True)
        if agent.static_contact is not None:
            self._conf.set(contact=agent.static_contact)
        self._inbound_auth(name, phone_secret(agent.extension))

    def shared_phone(self, phone: SharedPhone) -> None:
        name = digits(phone.extension)
        shown = display_name(phone.label.text("en"))
        self._endpoint(name, context=dialplan.AGENTS, codecs=(), subscribes=True)
        self._conf.set(
            callerid=f'"{shown}" <{name}>' if shown else f"<{name}>",
            identify_by="auth_username,username",
            send_connected_line=False,
        )
        self._conf.set(aors=name, auth=name)
        self._subscriptions(name)
        self._aor(name, mailbox=True)
        self._inbound_auth(name, phone_secret(phone.extension))

    def _subscriptions(self, name: str) -> None:
        """Lamps of colleagues and news of waiting messages: nothing else can be
        subscribed to, and by nobody else."""
        self._conf.set(
            allow_subscribe=True,
            subscribe_context=dialplan.HINTS,
            sub_min_expiry=30,
            # A phone that does not ask is told all the same; one that asks is told once.
            mailboxes=dialplan.mailbox(name),
            mwi_subscribe_replaces_unsolicited=True,
        )

    def selftest(self, name: str) -> None:
        context = dialplan.SELFTEST if name == dialplan.SELFTEST_CALLER else dialplan.PARK
        self._endpoint(name, context=context, codecs=())
        self._conf.set(identify_by="auth_username,username", aors=name, auth=name)
        self._aor(name, qualify=False)
        self._inbound_auth(name, name)

    def trunk(self, trunk: Trunk) -> None:
        name = word(trunk.name)
        context = dialplan.from_trunk(name) if trunk.takes_calls_in else dialplan.PARK
        self._endpoint(name, context=context, codecs=trunk.codecs, dtmf=trunk.dtmf)
        self._conf.set(
            identify_by="auth_username" if trunk.secret is not None else "ip",
            auth=name if trunk.secret is not None else None,
            # A carrier's P-Asserted-Identity is who really calls.
            trust_id_inbound=trunk.trust_identity,
            trust_id_outbound=trunk.send_identity != "none",
            send_pai=trunk.send_identity == "pai",
            send_rpid=trunk.send_identity == "rpid",
            media_encryption="sdes" if trunk.encryption == "sdes" else None,
            set_var=f"PARLEY_MOST={trunk.max_calls}",
        )
        if trunk.secret is not None and trunk.hosts:
            self._conf.set(("deny", "0.0.0.0/0"), ("deny", "::/0"))
            for network in trunk.hosts:
                self._conf.set(permit=network)
        if trunk.carrier is not None:
            carrier = trunk.carrier
            self._conf.set(
                aors=name,
                from_user=carrier.username,
                outbound_auth=f"{name}-carrier" if carrier.username else None,
            )
        if trunk.secret is not None:
            self._inbound_auth(name, trunk.secret)
        elif trunk.hosts:
            self._conf.section(f"{name}-hosts").set(type="identify", endpoint=name)
            for network in trunk.hosts:
                self._conf.set(match=network)
        elif trunk.registers and trunk.takes_calls_in and trunk.carrier is not None:
            # A carrier that calls us without the token of our registration (the parameter
            # 'line' of our Contact) is known by the address with which we registered.
            self._conf.section(f"{name}-hosts").set(
                type="identify",
                endpoint=name,
                match=f"{host(trunk.carrier.host)}:{trunk.carrier.port}",
            )
        if trunk.carrier is not None:
            self._carrier(name, trunk, trunk.carrier)

    def _carrier(self, name: str, trunk: Trunk, carrier: Carrier) -> None:
        uri = f"sip:{host(carrier.host)}:{carrier.port}"
        if carrier.transport != "udp":
            uri += f";transport={carrier.transport}"
        seconds = trunk.qualified(self._sip.qualify_seconds)
        self._conf.section(name).set(
            type="aor",
            contact=uri,
            qualify_frequency=seconds or None,
            qualify_timeout=3 if seconds else None,
        )
        if carrier.username is None or carrier.secret is None or carrier.realm is None:
            return
        auth = f"{name}-carrier"
        secret = self._secrets.get(carrier.secret)
        self._conf.section(auth).set(
            type="auth",
            auth_type="md5",
            username=carrier.username,
            realm=carrier.realm,
            md5_cred=digest(carrier.username, carrier.realm, secret),
        )
        if carrier.register_expiry_seconds is not None:
            incoming = trunk.takes_calls_in
            self._conf.section(f"{name}-registration").set(
                type="registration",
                server_uri=uri,
                client_uri=f"sip:{carrier.username}@{host(carrier.host)}:{carrier.port}",
                contact_user=carrier.username,
                outbound_auth=auth,
                expiration=carrier.register_expiry_seconds,
                retry_interval=_RETRY_SECONDS,
                # Asterisk gives up for ever by itself, after ten tries without an answer
                # and after a first refusal; carriers have bad moments that last longer.
                max_retries=_RETRIES,
                auth_rejection_permanent=False,
                forbidden_retry_interval=_RETRY_SECONDS,
                fatal_retry_interval=_RETRY_SECONDS,
                line=True if incoming else None,
                endpoint=name if incoming else None,
            )

    def _endpoint(
        self, name: str, *, context: str, codecs: tuple[Codec, ...], dtmf: str = "rfc4733",
        subscribes: bool = False,
    ) -> None:  # fmt: skip
        where = f"trunks.{name}.codecs" if codecs else "sip.codecs"
        wanted = usable(codecs or self._sip.codecs, self._modules, where)
        timeout = self._sip.rtp_timeout_seconds
        self._conf.section(name).set(
            type="endpoint",
            context=context,
            disallow="all",
            allow=",".join(wanted),
            dtmf_mode=dtmf,
            # Media always through Asterisk: recording, taps and hold need it.
            direct_media=False,
            # Audio on the address of SIP alone; otherwise its ports are on every address.
            media_address=self._media_address,
            bind_rtp_to_media_address=True if self._media_address else None,
            rtp_symmetric=True,
            force_rport=True,
            rewrite_contact=True,
            # Whom a phone or carrier says that we reached is printed as it is.
            trust_connected_line=False,
            # Trunks transfer nobody.
            allow_transfer=context == dialplan.AGENTS,
            allow_subscribe=None if subscribes else False,
            allow_overlap=False,
            timers=True,
            timers_sess_expires=self._sip.session_timer_seconds,
            rtp_timeout=timeout or None,
            rtp_timeout_hold=self._sip.rtp_timeout_hold_seconds or None,
            # Asterisk follows a redirection (302) by dialling its target in the endpoint's
            # own context, past every rule of ours: it finds this context instead.
            set_var=f"FORWARD_CONTEXT={dialplan.REDIRECTED}",
        )
        # The other party of a transfer by REFER would go on in the endpoint's own context,
        # with all that its phone may dial: it goes where our verbs lead, or nowhere.
        transfers = dialplan.REFER if context == dialplan.AGENTS else dialplan.NO_TRANSFER
        self._conf.set(("set_var", f"TRANSFER_CONTEXT={transfers}"))

    def _aor(self, name: str, *, qualify: bool = True, mailbox: bool = False) -> None:
        """The registrations of an extension's phones, as ``phones.several`` says."""
        seconds = self._sip.qualify_seconds if qualify else 0
        several = self._settings.phones.several
        self._conf.section(name).set(
            type="aor",
            max_contacts=self._settings.phones.most if several is Several.RING_ALL else 1,
            remove_existing=several is Several.NEWEST,
            # One that does not respond any more keeps nobody out (Asterisk 19 and newer).
            remove_unavailable=several is not Several.NEWEST or None,
            minimum_expiration=30,
            maximum_expiration=3600,
            qualify_frequency=seconds,
            qualify_timeout=3 if seconds else None,
            mailboxes=dialplan.mailbox(name) if mailbox else None,
        )

    def _inbound_auth(self, name: str, secret: str) -> None:
        realm = self._sip.realm
        md5 = digest(name, realm, self._secrets.get_or_create(secret))
        self._conf.section(name).set(
            type="auth", auth_type="md5", username=name, realm=realm, md5_cred=md5
        )
