"""No caller of a trunk can reach anything that dials, by the dialplan Asterisk has."""

from __future__ import annotations

from sip.asterisk.generate import dialplan
from tests.support.dialplan_graph import dangers, parse, reachable
from tests.support.parley_asterisk import ParleyAsteriskFactory

ENTRANCES = ("from-trunk-demo-carrier", "from-trunk-branch-pbx", dialplan.SELFTEST)


async def test_from_a_trunk_nothing_dials(parley_asterisk: ParleyAsteriskFactory) -> None:
    asterisk = await parley_asterisk()
    contexts = parse(await asterisk.instance.rx("dialplan show"))
    for entrance in ENTRANCES:
        found = reachable(contexts, entrance)
        assert found >= {dialplan.ENTRANCE, dialplan.QUEUE, dialplan.AFTER}
        assert not found & {dialplan.OUTBOUND, dialplan.AGENTS, dialplan.SPY, dialplan.AGENT}
        assert dangers(contexts, entrance) == []


HOLES = {
    "dial": "[parley-after-custom]\nexten => s,1,Dial(PJSIP/1@demo-carrier)\n",
    "goto": "[parley-after-custom]\nexten => s,1,Goto(parley-outbound,901,1)\n",
    "include": "[parley-after-custom]\ninclude => from-agents\n",
    "computed": "[parley-after-custom]\nexten => s,1,Goto(${CALLERID(name)},s,1)\n",
    "two steps": "[parley-after-custom]\nexten => s,1,GotoIf($[1]?mine,s,1)\n"
    "[mine]\nexten => s,1,System(id)\n",
}


async def test_the_walk_does_find_holes(parley_asterisk: ParleyAsteriskFactory) -> None:
    """Agents do reach the outbound routes, and hand-written lines can open a way."""
    asterisk = await parley_asterisk()
    contexts = parse(await asterisk.instance.rx("dialplan show"))
    assert dialplan.OUTBOUND in reachable(contexts, dialplan.AGENTS)
    assert any("Dial(PJSIP/" in danger for danger in dangers(contexts, dialplan.AGENTS))
    custom = asterisk.settings.server.asterisk.custom_dir
    assert custom is not None
    for name, text in HOLES.items():
        (custom / "extensions-custom.conf").write_text(text)
        await asterisk.instance.rx("dialplan reload")
        contexts = parse(await asterisk.instance.rx("dialplan show"))
        assert dangers(contexts, ENTRANCES[0]) != [], name


async def test_each_endpoint_enters_where_it_should(
    parley_asterisk: ParleyAsteriskFactory,
) -> None:
    asterisk = await parley_asterisk()
    expected = {
        **{agent.extension: dialplan.AGENTS for agent in asterisk.settings.agents.values()},
        **{trunk: dialplan.from_trunk(trunk) for trunk in asterisk.settings.trunks},
        dialplan.SELFTEST_CALLER: dialplan.SELFTEST,
        dialplan.SELFTEST_AGENT: dialplan.PARK,
    }
    shown = await asterisk.instance.rx("pjsip show endpoints")
    names = {line.split()[1].split("/")[0] for line in shown.splitlines() if
             line.startswith(" Endpoint:  ") and "<" not in line}  # fmt: skip
    assert names == set(expected)
    for name, context in expected.items():
        details = await asterisk.instance.rx(f"pjsip show endpoint {name}")
        lines = [line.split(":", 1) for line in details.splitlines() if ":" in line]
        plain = {line[0].strip(): line[1].strip() for line in lines}
        assert plain["context"] == context
        # A transfer by the phone: for agents alone, and to what parley-refer holds.
        assert plain["allow_transfer"] == str(context == dialplan.AGENTS).lower()
        # Lamps of colleagues: for agents' phones alone, and in a context without a step.
        assert plain["allow_subscribe"] == str(context == dialplan.AGENTS).lower()
        assert plain["direct_media"] == "false"
