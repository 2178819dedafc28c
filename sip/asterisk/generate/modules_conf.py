"""modules.conf: exactly what is needed, for a quick start and a small surface."""

from __future__ import annotations

from sip.asterisk.generate.text import Conf
from sip.asterisk.layout import AsteriskLayout

# purpose -> modules; those that an Asterisk (18 to 22) does not have are left out.
_GROUPS: dict[str, str] = {
    "SIP": """
        res_sorcery_config res_sorcery_memory res_sorcery_astdb res_pjproject res_pjsip
        res_pjsip_session res_pjsip_sdp_rtp res_pjsip_acl res_pjsip_authenticator_digest
        res_pjsip_caller_id res_pjsip_dlg_options res_pjsip_dtmf_info
        res_pjsip_endpoint_identifier_ip res_pjsip_endpoint_identifier_user
        res_pjsip_header_funcs res_pjsip_logger res_pjsip_nat
        res_pjsip_outbound_authenticator_digest res_pjsip_outbound_registration res_pjsip_path
        res_pjsip_pubsub res_pjsip_refer res_pjsip_registrar res_pjsip_rfc3326
        res_pjsip_diversion chan_pjsip
    """,
    "lamps and waiting messages on phones": """
        res_pjsip_outbound_publish res_pjsip_exten_state res_pjsip_pidf_body_generator
        res_pjsip_xpidf_body_generator res_pjsip_dialog_info_body_generator
        res_pjsip_pidf_eyebeam_body_supplement res_pjsip_mwi res_pjsip_mwi_body_generator app_minivm
    """,
    "audio": """
        res_rtp_asterisk res_srtp res_crypto codec_alaw codec_ulaw codec_a_mu codec_g722
        codec_gsm codec_resample codec_opus codec_opus_open_source res_format_attr_opus
        format_wav format_pcm format_sln format_gsm res_musiconhold res_timing_timerfd
        res_tonedetect res_mutestream
    """,
    "bridges": """
        bridge_simple bridge_native_rtp bridge_softmix bridge_holding bridge_builtin_features
        chan_bridge_media
    """,
    "live audio to and from Parley": "res_audiosocket app_audiosocket chan_audiosocket",
    "applications": """
        res_speech res_agi app_bridgewait app_chanspy app_confbridge app_dial app_echo app_exec
        app_milliwatt app_mixmonitor app_originate app_playback app_playtones app_read
        app_record app_senddtmf app_softhangup app_stack app_transfer app_userevent app_verbose
        app_waitforsilence app_channelredirect app_bridgeaddchan
    """,
    "dialplan": """
        pbx_config func_callerid func_channel func_cut func_db func_devstate func_dialplan
        func_global func_groupcount func_hangupcause func_jitterbuffer func_logic func_math
        func_periodic_hook func_pjsip_aor func_pjsip_contact func_pjsip_endpoint func_rand
        func_strings func_talkdetect func_timeout func_uri func_uuid func_volume
    """,
    "control and records": "res_manager_devicestate res_stasis res_cdrel_custom cel_custom",
}
_BENCH = "app_queue"


def modules_conf(layout: AsteriskLayout) -> str:
    """Text of ``modules.conf`` for the modules that this Asterisk has."""
    present = layout.modules
    conf = Conf("Only what is named here is loaded.", "").section("modules").set(autoload=False)
    for purpose, names in _GROUPS.items():
        conf.raw("", f"; {purpose}")
        conf.raw(*(f"load={name}.so" for name in names.split() if name in present))
    if layout.bench_queue and _BENCH in present:
        conf.raw("", "; only for comparison", f"load={_BENCH}.so")
    return conf.text()
