"""Every mistake names file, line, key, what was found and what is allowed."""

from __future__ import annotations

from pathlib import Path

import pytest

from config.problems import ConfigError
from tests.config.files import SMALL, loaded, problems, write

# What replaces what in SMALL -> the exact message.
REPLACED = {
    "unknown key": (
        "{secret: trunk-carrier}",
        "{secret: trunk-carrier, dmtf: info}",
        "parley.yaml:3: trunks.carrier.dmtf: unknown key; allowed: caller_id, calls_per_hour, "
        "carrier, codecs, direction, dtmf, encryption, hosts, max_calls, minutes_per_day, "
        "numbering, secret, send_identity, trust_identity; did you mean 'dtmf'?",
    ),
    "unknown section": (
        "flows:",
        "quues: {}\nflows:",
        "parley.yaml:11: quues: unknown key; allowed: agents, call_backs, capacity, company, "
        "dispositions, feature_codes, flows, hearing, hours, media, not_ready_reasons, numbers, "
        "outbound, own_calls, parking_slots, phones, queues, routes, server, shared_phones, sip, "
        "skills, synthesis, trunks, understanding; did you mean 'queues'?",
    ),
    "wrong choice": (
        "{secret: trunk-carrier}",
        "{secret: trunk-carrier, dtmf: rfc2833}",
        "parley.yaml:3: trunks.carrier.dtmf: found 'rfc2833'; allowed: rfc4733, info, auto",
    ),
    "proficiency out of range": (
        "{cards: 3}",
        "{cards: 11}",
        "parley.yaml:8: queues.cards.skills.cards: found '11'; allowed: a number of at most 10",
    ),
    "not a number": (
        "{skills: {cards: 3}}",
        "{skills: {cards: 3}, max_waiting: many}",
        "parley.yaml:8: queues.cards.max_waiting: found 'many'; allowed: a whole number in decimal "
        "digits without leading zeros",
    ),
    "octal": (
        "{skills: {cards: 3}}",
        "{skills: {cards: 3}, max_waiting: 0123}",
        "parley.yaml:8: queues.cards.max_waiting: found '0123'; allowed: a whole number in decimal "
        "digits without leading zeros",
    ),
    "missing": (
        '{extension: "6001", skills: {cards: 5}}',
        "{skills: {cards: 5}}",
        "parley.yaml:10: agents.ann.extension: is required and missing",
    ),
    "nothing where a mapping belongs": (
        "  cards: {skills: {cards: 3}}",
        "  cards: [1, 2]",
        "parley.yaml:8: queues.cards: found a list; allowed: a mapping of keys to values",
    ),
    "text where a mapping belongs": (
        "queues:\n  cards: {skills: {cards: 3}}",
        "queues: many",
        "parley.yaml:7: queues: found 'many'; allowed: a mapping of keys to values",
    ),
    "unknown skill": (
        "skills: {cards: 5}}",
        "skills: {crads: 5}}",
        "parley.yaml:10: agents.ann.skills.crads: there is no such skill; found 'crads'; "
        "allowed: cards; did you mean 'cards'?",
    ),
    "unknown flow": (
        "{flow: main}",
        "{flow: mian}",
        "parley.yaml:5: numbers.4001.flow: there is no such flow; found 'mian'; allowed: main; "
        "did you mean 'main'?",
    ),
    "unknown trunk": (
        "{flow: main}",
        "{flow: main, trunk: cable}",
        "parley.yaml:5: numbers.4001.trunk: there is no such trunk; found 'cable'; "
        "allowed: carrier",
    ),
    "unknown hours": (
        "{flow: main}",
        "{flow: main, hours: office}",
        "parley.yaml:5: numbers.4001.hours: there is no such hours; found 'office'; "
        "allowed: none is defined",
    ),
    "unknown overflow": (
        "{skills: {cards: 3}}",
        "{skills: {cards: 3}, overflow: {full: 'queue:loans'}}",
        "parley.yaml:8: queues.cards.overflow.full: there is no such queue; found 'loans'; "
        "allowed: cards",
    ),
    "bad overflow": (
        "{skills: {cards: 3}}",
        "{skills: {cards: 3}, overflow: {full: elsewhere}}",
        "parley.yaml:8: queues.cards.overflow.full: found 'elsewhere'; allowed: 'queue:NAME', "
        "'flow:NAME', 'message:PROMPT', 'voicemail', 'call_back' or 'hangup'",
    ),
    "a call-back where nobody may wait": (
        "{skills: {cards: 3}}",
        "{skills: {cards: 3}, overflow: {closed: call_back}}",
        "parley.yaml:8: queues.cards.overflow: found a mapping; allowed: something other than "
        "'call_back' for 'closed': who is to be called back waits in this queue",
    ),
    "a relaxation of an unknown skill": (
        "{skills: {cards: 3}}",
        "{skills: {cards: 3}, relax: [{after_seconds: 30, lower: {crads: 1}}]}",
        "parley.yaml:8: queues.cards.relax[0].lower.crads: there is no such skill; found 'crads'; "
        "allowed: cards; did you mean 'cards'?",
    ),
    "a relaxation that drops an unknown skill": (
        "{skills: {cards: 3}}",
        "{skills: {cards: 3}, relax: [{after_seconds: 30, drop: [loans]}]}",
        "parley.yaml:8: queues.cards.relax[0].drop[0]: there is no such skill; found 'loans'; "
        "allowed: cards",
    ),
    "a relaxation to an unknown queue": (
        "{skills: {cards: 3}}",
        "{skills: {cards: 3}, relax: [{after_seconds: 30, also: [loans]}]}",
        "parley.yaml:8: queues.cards.relax[0].also[0]: there is no such queue; found 'loans'; "
        "allowed: cards",
    ),
    "a relaxation to the queue itself": (
        "{skills: {cards: 3}}",
        "{skills: {cards: 3}, relax: [{after_seconds: 30, also: [cards]}]}",
        "parley.yaml:8: queues.cards.relax[0].also[0]: whoever serves this queue may take its "
        "contacts already; found 'cards'; allowed: other queues",
    ),
    "a relaxation of nothing": (
        "{skills: {cards: 3}}",
        "{skills: {cards: 3}, relax: [{after_seconds: 30}]}",
        "parley.yaml:8: queues.cards.relax[0]: found a mapping; allowed: at least one of 'lower', "
        "'drop' and 'also'",
    ),
    "relaxations out of order": (
        "{skills: {cards: 3}}",
        "{skills: {cards: 3}, relax: [{after_seconds: 60, drop: [cards]}, "
        "{after_seconds: 30, lower: {cards: 1}}]}",
        "parley.yaml:8: queues.cards: found a mapping; allowed: the steps of 'relax' in the order "
        "of their 'after_seconds'",
    ),
    "a relaxation that comes too late": (
        "{skills: {cards: 3}}",
        "{skills: {cards: 3}, relax: [{after_seconds: 60, drop: [cards]}], "
        "overflow: {after_seconds: 60}}",
        "parley.yaml:8: queues.cards.relax[0].after_seconds: contacts leave the queue after 60 s, "
        "before this step; found 60; allowed: less than overflow.after_seconds, 60",
    ),
    "an unknown strategy": (
        "{skills: {cards: 3}}",
        "{skills: {cards: 3}, strategy: random}",
        "parley.yaml:8: queues.cards.strategy: found 'random'; allowed: longest_idle, "
        "least_occupied, best_proficiency, round_robin, weighted, most_experienced",
    ),
    "a ring time nobody can answer in": (
        "{skills: {cards: 3}}",
        "{skills: {cards: 3}, ring_seconds: 1}",
        "parley.yaml:8: queues.cards.ring_seconds: found '1'; allowed: a number of at least 3",
    ),
    "a medium that does not exist": (
        "{skills: {cards: 3}}",
        "{skills: {cards: 3}, wrap_up: {fax: 5}}",
        "parley.yaml:8: queues.cards.wrap_up.fax: found 'fax'; allowed: voice, video, chat, "
        "social, sms, email, task",
    ),
    "a weight of nothing": (
        "flows:",
        "capacity: {chat: {weight: 0}}\nflows:",
        "parley.yaml:11: capacity.chat.weight: found '0'; allowed: a number of at least 1",
    ),
    "an attribute that exists by itself": (
        "skills: {cards: 5}}",
        "skills: {cards: 5}, attributes: {team: north}}",
        "parley.yaml:10: agents.ann: found a mapping; allowed: other names in 'attributes' than "
        "team",
    ),
    "call-backs on an unknown route": (
        "flows:",
        "call_backs: {routes: [national]}\nflows:",
        "parley.yaml:11: call_backs.routes[0]: there is no such route; found 'national'; "
        "allowed: none is defined",
    ),
    "language of nobody": (
        "{flow: main}",
        "{flow: main, language: zh}",
        "parley.yaml:5: numbers.4001.language: is not one of the company's languages; found 'zh'; "
        "allowed: en, zh-CN; did you mean 'zh-CN'?",
    ),
    "time zone": (
        "Asia/Shanghai",
        "Asia/Bejing",
        "parley.yaml:1: company.time_zone: found 'Asia/Bejing'; allowed: a time zone of the IANA "
        "database, e.g. Asia/Shanghai",
    ),
    "time zone outside the database": (
        "Asia/Shanghai",
        "../../etc/passwd",
        "parley.yaml:1: company.time_zone: found '../../etc/passwd'; allowed: a time zone of the "
        "IANA database, e.g. Asia/Shanghai",
    ),
    "anybody may call": (
        "{secret: trunk-carrier}",
        "{dtmf: info}",
        "parley.yaml:3: trunks.carrier: found a mapping; allowed: 'secret' or 'hosts' (or both), "
        "or a registration with the carrier, so that whoever calls is known",
    ),
    "the name of a secret": (
        "{secret: trunk-carrier}",
        "{secret: 'S3cret!'}",
        "parley.yaml:3: trunks.carrier.secret: found a value that is not shown; allowed: the "
        "*name* of a secret (lower-case letters, digits, '.', '-', '_'); the secret itself goes "
        "into the environment or the secrets folder",
    ),
    "a reserved trunk name": (
        "  carrier: {secret",
        "  any: {secret",
        "parley.yaml:3: trunks.any: this name is Parley's own; choose another",
    ),
    "a file that is not there": (
        "main.yaml",
        "mane.yaml",
        "parley.yaml:11: flows.main: there is no such file; found '{folder}/mane.yaml'",
    ),
    "RTP and SIP overlap": (
        "flows:",
        "sip: {port: 16010}\nflows:",
        "parley.yaml:11: sip.port: lies within the RTP range; found 16010; allowed: a port outside "
        "16000 to 16999",
    ),
    "two servers on one port": (
        "flows:",
        "server: {web: {port: 4573}}\nflows:",
        "parley.yaml:11: server.fastagi.port: this port is used already by server.web.port "
        "(parley.yaml:11); found '4573'; allowed: each port once",
    ),
    "ports": (
        "flows:",
        "sip: {port: 70000}\nflows:",
        "parley.yaml:11: sip.port: found '70000'; allowed: a number of at most 65535",
    ),
    "password in an address": (
        "flows:",
        "server: {redis_url: 'redis://:geheim@h/0'}\nflows:",
        "parley.yaml:11: server.redis_url: found a value that is not shown; allowed: an address "
        "without password; give one that has a password in the environment (REDIS_URL, "
        "DATABASE_URL)",
    ),
}


@pytest.mark.parametrize("case", REPLACED, ids=lambda c: c.replace(" ", "-"))
def test_one_mistake(tmp_path: Path, case: str) -> None:
    old, new, message = REPLACED[case]
    assert SMALL.count(old) == 1, f"the test's own text {old!r} is not unique"
    found = problems(write(tmp_path, SMALL.replace(old, new)))
    assert [str(problem) for problem in found] == [message.replace("{folder}", str(tmp_path))]


WHOLE = {
    "tab": (
        "company:\n\tname: x\n",
        "parley.yaml:2: is not YAML: a tab is used to indent; YAML wants spaces",
    ),
    "duplicate key": (
        "company: {name: A}\nsip: {port: 5070}\ncompany: {name: B}\n",
        "parley.yaml:3: company: this key was already given in line 1; keep one",
    ),
    "merge key": (
        "sip: &a {port: 5070}\nserver:\n  web:\n    <<: *a\n",
        "parley.yaml:4: server.web.<<: merge keys (<<) are not supported; write the keys",
    ),
    "tag": (
        "sip: !!python/object/apply:os.system ['id']\n",
        "parley.yaml:1: sip: YAML tags are not used here; remove "
        "'tag:yaml.org,2002:python/object/apply:os.system'",
    ),
    "an alias to itself": (
        "company: &a\n  name: *a\n",
        "parley.yaml:1: company.name: an alias (*) that contains itself, or far too many",
    ),
    "a list at the top": (
        "- company\n",
        "parley.yaml:1: must be a mapping of keys to values, e.g. 'company: ...'",
    ),
    "unquoted colon": (
        "company:\n  name: Bank: the best\n",
        "parley.yaml:2: is not YAML: mapping values are not allowed here (put quotes around a text "
        "that contains ': ')",
    ),
    "plain password": (
        "trunks:\n  a:\n    hosts: [192.0.2.1]\n    password: hunter2\n",
        "parley.yaml:4: trunks.a.password: looks like a secret in plain text, which is never kept "
        "in these files; allowed: 'secret: NAME', with the secret itself in the environment "
        "variable PARLEY_SECRET_<NAME> or in a file NAME in the folder PARLEY_SECRETS_DIR",
    ),
    "file that is not there": (
        "include: nothing.yaml\n",
        "parley.yaml:1: include: there is no such file; found 'nothing.yaml'",
    ),
    "duplicate extension": (
        'agents:\n  a: {extension: "6001"}\n  b: {extension: 6001}\n',
        "parley.yaml:3: agents.b.extension: this extension is used already by agents.a.extension "
        "(parley.yaml:2); found '6001'; allowed: each extension once",
    ),
    "duplicate log-in": (
        "agents:\n  a: {extension: 6001}\n  a: {extension: 6002}\n",
        "parley.yaml:3: agents.a: this key was already given in line 2; keep one",
    ),
    "route over a trunk that takes no calls out": (
        "trunks: {a: {secret: x}}\nroutes: {r: {pattern: 9X., trunk: a}}\n",
        "parley.yaml:2: routes.r.trunk: this trunk takes no calls out; found 'a'; allowed: a trunk "
        "with 'carrier' and the direction out or both",
    ),
    "pattern": (
        "trunks: {a: {direction: out, carrier: {host: h}}}\nroutes: {r: {pattern: '_.', "
        "trunk: a}}\n",
        "parley.yaml:2: routes.r.pattern: found '_.'; allowed: digits, X, Z, N, sets such as [1-5] "
        "and a '.' at the end, e.g. '9X.' or '00ZX.'",
    ),
    "day": (
        "hours: {o: {weekly: {mon-fry: ['9:00-17:00']}}}\n",
        "parley.yaml:1: hours.o.weekly.mon-fry: found 'mon-fry'; allowed: a day (mon tue wed thu "
        "fri sat sun) or a span such as mon-fri",
    ),
    "interval": (
        "hours: {o: {weekly: {mon: ['9-17']}}}\n",
        "parley.yaml:1: hours.o.weekly.mon[0]: found '9-17'; allowed: 'HH:MM-HH:MM' in 24 hours, "
        "e.g. '09:00-17:30' or '22:00-06:00'",
    ),
    "date": (
        "hours: {o: {holidays: [{first: 2026-02-30}]}}\n",
        "parley.yaml:1: hours.o.holidays[0].first: found '2026-02-30'; allowed: a date as "
        "YYYY-MM-DD, e.g. 2026-10-01",
    ),
    "reserved reason": (
        "not_ready_reasons: {rona: {label: x}}\n",
        "parley.yaml:1: not_ready_reasons.rona: 'rona' is one of the platform's own reasons; "
        "choose another code",
    ),
    "name": (
        'queues: {"Big Queue": {}}\n',
        "parley.yaml:1: queues.Big Queue: found 'Big Queue'; allowed: a name of lower-case "
        "letters, digits, '-' and '_', at most 40, e.g. 'cards'",
    ),
}


@pytest.mark.parametrize("case", WHOLE, ids=lambda c: c.replace(" ", "-"))
def test_one_mistake_in_a_file_of_its_own(tmp_path: Path, case: str) -> None:
    text, message = WHOLE[case]
    assert [str(problem) for problem in problems(write(tmp_path, text))] == [message]


def test_all_mistakes_are_told_at_once(tmp_path: Path) -> None:
    text = SMALL.replace("secret: trunk-carrier", "dmtf: info, hosts: [nowhere]")
    text = text.replace("{flow: main}", "{flow: mian, trunk: ghost}")
    text = text.replace(
        "cards: {skills: {cards: 3}}", "cards: {skills: {crads: 3}, max_waiting: x}"
    )
    with pytest.raises(ConfigError) as caught:
        loaded(write(tmp_path, text))
    keys = [problem.as_dict()["key"] for problem in caught.value.problems]
    assert sorted(keys) == [
        "numbers.4001.flow", "numbers.4001.trunk", "queues.cards.max_waiting",
        "queues.cards.skills.crads", "trunks.carrier.dmtf", "trunks.carrier.hosts[0]",
    ]  # fmt: skip
    assert "6 errors in the configuration:" in str(caught.value)


def test_a_name_that_is_wrongly_defined_is_still_a_name(tmp_path: Path) -> None:
    text = SMALL.replace("main}", "main, trunk: carrier}").replace("{secret: t", "{secert: t")
    keys = {problem.as_dict()["key"] for problem in problems(write(tmp_path, text))}
    assert keys == {"trunks.carrier.secert", "trunks.carrier"}, "not: there is no such trunk"


def test_the_same_key_in_two_files(tmp_path: Path) -> None:
    main = write(tmp_path, f"include: more.yaml\n{SMALL}", more="queues: {cards: {priority: 1}}\n"
                 "skills: {cards: again}\n")  # fmt: skip
    assert [str(problem) for problem in problems(main)] == [
        "more.yaml:2: skills.cards: was already given in parley.yaml:7; keep one"
    ]


def test_plain_secrets_are_never_repeated(tmp_path: Path) -> None:
    text = SMALL.replace("secret: trunk-carrier", "secret: trunk-carrier, password: hunter2")
    text += "server: {database_url: 'postgres://me:hunter2@h/x'}\n"
    with pytest.raises(ConfigError) as caught:
        loaded(write(tmp_path, text))
    assert "hunter2" not in str(caught.value)
    assert "hunter2" not in str(caught.value.as_dict())


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"\xff\xfe", "is not UTF-8 text (byte 0)"),
        (b"company: {name: \x07}\n", "is not YAML: unacceptable character #x0007"),
    ],
)
def test_files_that_are_no_text(tmp_path: Path, content: bytes, message: str) -> None:
    main = tmp_path / "parley.yaml"
    main.write_bytes(content)
    found = problems(main)
    assert len(found) == 1
    assert message in str(found[0])


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    assert [p.message for p in problems(tmp_path / "parley.yaml")] == [
        "cannot be read: No such file or directory"
    ]
