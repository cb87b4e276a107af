# shellcheck shell=bash
# Calls without phones: the events of a park and a retrieve, as an edge would post them. A node that makes its start-up cache
# learns the way of a call from them, so that the first real call of a fresh node is not the slowest.

# rehearse_calls NODE TIMES: in a tenant of their own, which is gone afterwards.
rehearse_calls() {
  local node=$1 times=$2 i api
  local DEMO_TENANT=rehearsal.invalid
  api=http://$MOORING_BIND:$(node_api "$node")/v1/tenants/$DEMO_TENANT
  {
    put "$api" '{}'
    printf 'next\n'
    put "$api/park-policies/all" '{"name": "All"}'
    printf 'next\n'
    put "$api" '{"defaultParkPolicy": "all"}'
    printf 'next\n'
    put "$api/extensions/101" '{}'
    printf 'next\n'
    put "$api/extensions/102" '{}'
  } | curl --silent --max-time 10 --noproxy '*' --config -
  for ((i = 1; i <= times; i++)); do
    rehearse_call "http://$LOOPBACK:$(node_edge "$node")" "rehearsal-$i" || break
  done
  put "$api?force=true" '' | sed 's/^request = PUT/request = DELETE/; /^data/d' | curl --silent --max-time 10 --noproxy '*' --config -
}

# Carol is parked by 101 and retrieved by 102.
rehearse_call() {
  local url=$1 id=$2 answer owner tag
  local carol='<sip:carol@trunk.example>;tag=c' bob="<sip:101@$DEMO_TENANT>;tag=b" alice="<sip:102@$DEMO_TENANT>;tag=a"
  local code="<sip:*88101@$DEMO_TENANT>" sdp
  sdp=$'v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio 9 RTP/AVP 8 0 101\r\na=rtpmap:101 telephone-event/8000\r\n'
  answer=$(post_event "$url" request 101 '' \
    "$(sip "REFER sip:carol@127.0.0.2:5070 SIP/2.0" "$bob" "$carol" "$id" '7 REFER' "Refer-To: <sip:*68@$DEMO_TENANT>")") || return 1
  owner=$(jq -r '.actions[] | select(.do == "own").owner' <<<"$answer")
  [[ -n $owner ]] || return 1
  post_event "$url" reply '' "$owner" "$(sip 'SIP/2.0 200 OK' "$bob" "$carol" "$id" '8 INVITE' '' "$sdp")" >/dev/null
  post_event "$url" request 101 "$owner" "$(sip 'BYE sip:x SIP/2.0' "$bob" "$carol" "$id" '8 BYE')" >/dev/null
  post_event "$url" request 102 '' \
    "$(sip "INVITE sip:*88101@$DEMO_TENANT SIP/2.0" "$alice" "$code" "$id-2" '1 INVITE' '' "$sdp")" >/dev/null
  answer=$(post_event "$url" reply '' "$owner" "$(sip 'SIP/2.0 200 OK' "$bob" "$carol" "$id" '9 INVITE' '' "$sdp")")
  tag=$(jq -r '.actions[] | select(.do == "reply").toTag' <<<"$answer")
  post_event "$url" request '' "$owner" "$(sip 'ACK sip:x SIP/2.0' "$alice" "$code;tag=$tag" "$id-2" '1 ACK')" >/dev/null
  post_event "$url" request 102 "$owner" "$(sip 'BYE sip:x SIP/2.0' "$alice" "$code;tag=$tag" "$id-2" '2 BYE')" >/dev/null
}

# sip START-LINE FROM TO CALL-ID CSEQ [HEADER [SDP]]
sip() {
  printf '%s\r\nVia: SIP/2.0/UDP 127.0.0.1:41002;branch=z9hG4bK%s\r\nFrom: %s\r\nTo: %s\r\nCall-ID: %s\r\nCSeq: %s\r\n' \
    "$1" "$RANDOM$RANDOM" "$2" "$3" "$4" "$5"
  printf 'Contact: <sip:phone@127.0.0.1:41002>\r\nMax-Forwards: 70\r\n'
  if [[ -n ${6-} ]]; then printf '%s\r\n' "$6"; fi
  if [[ -n ${7-} ]]; then printf 'Content-Type: application/sdp\r\n'; fi
  # The end of a substitution loses line ends: the last one is a character that SIP does not mind.
  printf '\r\n%s' "${7-}"
}

# post_event URL KIND USER OWNER MESSAGE
post_event() {
  local tenant=$DEMO_TENANT
  [[ $2 == request ]] || tenant=''
  jq -cn --arg kind "$2" --arg user "$3" --arg owner "$4" --arg message "$5"$'\r\n' --arg tenant "$tenant" --arg id "rehearsal-$RANDOM$RANDOM" '{
      edge: "rehearsal", control: "http://127.0.0.1:9", kind: $kind, correlation: $id, transaction: "1:1", tenant: $tenant,
      user: $user, trunk: "", owner: $owner, source: "udp:127.0.0.1:41002", socket: "udp:127.0.0.1:5060", message: $message}' |
    curl --silent --fail --max-time 5 --noproxy '*' --data-binary @- -H 'Content-Type: application/json' \
      --config <(printf 'header = "Authorization: Bearer %s"\n' "$(<"$EDGE_TOKEN_FILE")") "$1/edge/v1/events"
}
