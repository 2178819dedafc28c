"""A SIP phone as a process of its own, on pjsua2.

The process is started as ``python -m agent_softphone.phone`` or by the path of
``__main__.py`` with any Python 3.11 or 3.12 that has pjsua2. Its modules import
nothing but the standard library and pjsua2, and nothing imports them: pjsua2 is
under the GPL and stays on the far side of a pipe (see NOTICE).

**Commands** come in on stdin, one JSON object a line::

    {"id": 7, "do": "call", "account": "a1", "uri": "sip:95588@127.0.0.1:5060"}

**Events** go out on stdout, one JSON object a line. Each has ``event`` and ``t``
(``time.time()`` of what happened, taken where it happened). Every command is
answered by ``{"event": "reply", "id": 7, "ok": true, ...}`` or ``"ok": false``
with ``code`` and ``message``.

Commands and what their replies carry (fields in brackets may be left out)::

    account      user [password host port register local_port display_name
                 transport expires retry auto_answer ring] -> account, local_port
    register     account
    unregister   account
    auto_answer  account, delay (s, null: off) [code]
    call         account, uri [headers from_user from_name] -> call, sent
    answer       call [code (200), delay (s)]
    reject       call [code (486)]
    hangup       call -> sent
    hold         call
    unhold       call
    transfer     call, uri (blind, by REFER)
    dtmf         call, digits [method (rfc4733, info), duration (ms)]
    play         call, file (8 kHz mono 16-bit wav) [loop] -> seconds
    tone         call, hz (list; empty: off) [level (dBFS)]
    stop_play    call
    record       call, file
    stop_record  call -> seconds
    levels       call -> rms_dbfs, tones
    ping, quit

Events and their fields::

    ready         pid, version
    registration  account, state (registered, unregistered, failed), code, reason
    incoming      call, account, from_user, from_name, to_user, headers
    state         call, state (calling, incoming, early, connecting, confirmed,
                  disconnected), code, reason; when disconnected also by (local,
                  remote) and headers (of the message that ended it)
    media         call, state (active, local_hold, remote_hold, none), codec
    dtmf          call, digit, method
    sound         call, on (true: sound after silence; false: silence), dbfs
    tone          call, hz, on, dbfs
    speaking      call (the first frame of a file or tone went out)
    played        call (a file that is not looped has been played)
    transfer      call, code, reason, final
    error         message
"""
