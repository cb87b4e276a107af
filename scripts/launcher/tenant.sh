# shellcheck shell=bash
# ./mooring tenant: everyday provisioning over the public API.

tenant_command() {
  local command=${1:-} json=no follow=no query='' from='' argument
  local -a arguments=()
  [[ -n $command ]] || usage_error 'what is to be done? see ./mooring tenant --help'
  shift
  while (($# > 0)); do
    argument=$1
    shift
    case $argument in
      --json) json=yes ;;
      --from)
        (($# > 0)) || usage_error '--from needs teams, webex or asterisk'
        from=$1
        shift
        ;;
      --from=*) from=${argument#--from=} ;;
      --dry-run) query+='&dryRun=true' ;;
      --force) query+='&force=true' ;;
      --follow | -f) follow=yes ;;
      -?*) usage_error "./mooring tenant knows no option $argument" ;;
      *) arguments+=("$argument") ;;
    esac
  done
  query=${query/#&/?}
  case $from in
    '') ;;
    teams | webex | asterisk) [[ $command == import ]] || usage_error "--from is for ./mooring tenant import" ;;
    *) usage_error "--from is teams, webex or asterisk, not '$from'" ;;
  esac
  [[ $follow == no || $command == events ]] || usage_error "--follow is for ./mooring tenant events"
  find_api
  case $command in
    list) tenant_arguments 0 0 && tenant_list ;;
    create) tenant_arguments 1 2 && tenant_create ;;
    show) tenant_arguments 1 1 && tenant_show ;;
    add) tenant_arguments 2 2 && tenant_add ;;
    parked) tenant_arguments 1 1 && tenant_parked ;;
    park) tenant_arguments 2 4 && tenant_park ;;
    events) tenant_arguments 1 1 && tenant_events ;;
    token) tenant_arguments 2 3 && tenant_token ;;
    export) tenant_arguments 1 1 && call_api GET "/tenants/${arguments[0]}/document" '' | jq . ;;
    import) tenant_arguments 2 2 && if [[ -z $from ]]; then tenant_import; else tenant_migrate; fi ;;
    delete) tenant_arguments 1 1 && call_api DELETE "/tenants/${arguments[0]}$query" '' ;;
    *) usage_error "./mooring tenant has no '$command'; see ./mooring tenant --help" ;;
  esac
}

tenant_arguments() {
  ((${#arguments[@]} >= $1 && ${#arguments[@]} <= $2)) ||
    usage_error "./mooring tenant $command: $1 to $2 arguments, found ${#arguments[@]}; see ./mooring tenant --help"
}

# Where the API is, and who we are there: as the settings say, else the stack of this folder.
find_api() {
  if [[ -z ${MOORING_API:-} ]]; then
    state_paths
    load_settings || fail "no stack is up here: set MOORING_API and MOORING_API_TOKEN_FILE, or start one with ./mooring up"
    MOORING_API=http://$MOORING_BIND:$(node_api 1)
    API_TOKEN_FILE=$OPERATOR_TOKEN_FILE
  fi
  API_TOKEN_FILE=${MOORING_API_TOKEN_FILE:-${API_TOKEN_FILE:-}}
  [[ -r $API_TOKEN_FILE ]] || fail "no token: set MOORING_API_TOKEN_FILE"
}

# call_api METHOD PATH BODY [HEADER]: prints the answer; a refusal ends the launcher with one line for each mistake. The token and the
# body stay out of the process list.
call_api() {
  local -a options=()
  [[ -z ${4:-} ]] || options=(--header "$4")
  [[ -z $3 ]] || options+=(--header 'Content-Type: application/json' --data-binary @-)
  send_to_api "$1" "$2" "${options[@]}" <<<"$3"
}

# send_to_api METHOD PATH CURL-OPTION...: the same with a body as it comes in.
send_to_api() {
  local answer status method=$1 path=$2
  shift 2
  answer=$(curl --silent --show-error --max-time 120 --noproxy '*' --request "$method" "$@" --write-out '\n%{http_code}' \
    --config <(printf 'header = "Authorization: Bearer %s"\n' "$(<"$API_TOKEN_FILE")") \
    "$MOORING_API/v1$path" 2>&1) || fail "no answer from $MOORING_API: $(tail -n 1 <<<"$answer" | tr -d '\n') ${answer%%$'\n'*}"
  status=${answer##*$'\n'}
  answer=${answer%$'\n'*}
  [[ $status == 2* ]] || fail "$(jq -r '
    (.type | sub("urn:mooring:problem:"; "")) + ": " + .detail
    + ([.errors[]? | "\n  " + (if .pointer == "" then "" else .pointer + ": " end) + .detail] | add // "")
    + ([.usedBy[]? | "\n  used by " + .] | add // "")' <<<"$answer" 2>/dev/null || say "status $status from $MOORING_API")"
  [[ -z $answer ]] || say "$answer"
}

# list_api PATH: the items of all pages, one a line.
list_api() {
  local page cursor=''
  while :; do
    page=$(call_api GET "$1?limit=1000$cursor" '') || exit
    jq -c '.items[]' <<<"$page"
    cursor=$(jq -r 'if .next then "&cursor=" + .next else "" end' <<<"$page")
    [[ -n $cursor ]] || return 0
  done
}

# show_items HEADING FILTER: items as JSON, or as a table of the columns that the filter makes.
show_items() {
  if [[ $json == yes ]]; then
    jq -s .
  else
    { say "$1"; jq -r "$2 | map(tostring) | @tsv"; } | align
  fi
}

# Lines of cells with tabs between, in columns.
align() {
  awk -F '\t' '
    { lines[NR] = $0; for (i = 1; i < NF; i++) if (length($i) > width[i]) width[i] = length($i) }
    END {
      for (n = 1; n <= NR; n++) {
        cells = split(lines[n], cell, FS)
        for (i = 1; i < cells; i++) printf "%-" width[i] + 2 "s", cell[i]
        print cell[cells]
      }
    }'
}

tenant_list() {
  list_api /tenants | show_items $'DOMAIN\tNAME\tPARK\tRETRIEVE' \
    '[.domain, .displayName, .featureCodes.park, .featureCodes.retrieve]'
}

tenant_create() {
  local answer
  # A tenant that is there must not lose what it has.
  answer=$(call_api PUT "/tenants/${arguments[0]}$query" \
    "$(jq -n --arg name "${arguments[1]:-}" '{displayName: $name}')" 'If-None-Match: *') || exit
  show_items $'DOMAIN\tNAME\tPARK\tRETRIEVE' \
    '[.domain, .displayName, .featureCodes.park, .featureCodes.retrieve]' <<<"$answer"
}

tenant_show() {
  local path=/tenants/${arguments[0]} document
  document=$(call_api GET "$path/document" '') || exit
  if [[ $json == yes ]]; then
    jq . <<<"$document"
    return
  fi
  jq -r '"name            \(.displayName)",
    "codes           park \(.featureCodes.park), group \(.featureCodes.parkGroup), orbit \(.featureCodes.parkOrbit), retrieve \(.featureCodes.retrieve)",
    "default policy  \(.defaultParkPolicy // "none: parking is off for whom none is granted")",
    "ring groups     \([.ringGroups[] | "\(.name) (\(.members | length))"] | join(", "))",
    "park groups     \([.parkGroups[] | "\(.name) (\(.members | length))"] | join(", "))",
    "park policies   \([.parkPolicies[].name] | join(", "))", ""' <<<"$document"
  jq -c '. as $all | .extensions[] | .policy = ($all.grants[.extension] // "")
    | .group = ([.extension as $e | $all.parkGroups[] | select(.members | index($e)) | .name] | first // "")' <<<"$document" |
    show_items $'EXTENSION\tNAME\tPARK GROUP\tPOLICY' '[.extension, .displayName, .group, .policy]'
}

# Extensions of a CSV file, all or none. Those without a password get one, which is shown here and never again.
tenant_add() {
  local answer file=${arguments[1]/#-//dev/stdin}
  [[ -r $file ]] || fail "cannot read ${arguments[1]}"
  answer=$(send_to_api POST "/tenants/${arguments[0]}/imports/extensions$query" --header 'Content-Type: text/csv' \
    --data-binary @- <"$file") || exit
  jq -c '.extensions[]' <<<"$answer" |
    show_items $'EXTENSION\tNAME\tPASSWORD' '[.extension, .displayName, (.password // "(as given or before)")]'
}

tenant_token() {
  local answer
  answer=$(call_api POST "/tenants/${arguments[0]}/tokens$query" "$(jq -n --arg role "${arguments[1]}" \
    --arg extension "${arguments[2]:-}" '{role: $role} + if $extension == "" then {} else {extension: $extension} end')") || exit
  show_items $'ID\tROLE\tTOKEN' '[.id, .role, (.token // "")]' <<<"$answer"
}

tenant_parked() {
  call_api GET "/tenants/${arguments[0]}/parked-calls" '' | jq -c '.items[]' |
    show_items $'CALL\tPLACE\tSTATE\tPARKER\tSINCE' \
      '[.id, .place, .state, .parker, (.parkedAtMillis / 1000 | strflocaltime("%F %T"))]'
}

# The call that the extension has.
tenant_park() {
  local answer
  answer=$(call_api POST "/tenants/${arguments[0]}/extensions/${arguments[1]}/park" "$(jq -n --arg mode "${arguments[2]:-own-extension}" \
    --arg number "${arguments[3]:-}" '{mode: $mode} + if $number == "" then {} else {number: $number} end')") || exit
  show_items $'CALL\tPLACE\tTICKET' '[.id, .place, .ticket]' <<<"$answer"
}

readonly EVENT_CELLS='[(.atMillis / 1000 | strflocaltime("%F %T")), .type, (.place // "-"), (.name // .number // .dialled // "-"),
  (.by // ((.phones // []) | join(",")) | if . == "" then "-" else . end),
  (if .waitedMillis then "\(.waitedMillis / 1000 | floor) s" else "-" end), (.reason // ""), (.call // "")]'

# The last hundred, the latest at the end; or what happens from now on.
tenant_events() {
  local answer
  answer=$(call_api GET "/tenants/${arguments[0]}/events" '') || exit
  if [[ $follow == yes ]]; then
    follow_events
  else
    jq -c '.items | reverse | .[]' <<<"$answer" | show_items $'TIME\tEVENT\tPLACE\tPARTY\tBY\tWAITED\tREASON\tCALL' "$EVENT_CELLS"
  fi
}

# A stream that ends, because a node stops or the network fails, is taken up again after its last event.
follow_events() {
  local line last='' status
  while :; do
    status=0
    while IFS= read -r line; do
      case $line in
        'id: '*) last=${line#id: } ;;
        'event: missed') progress 'some events are no longer kept' ;;
        'data: {"after"'*) ;;
        'data: '*) show_event <<<"${line#data: }" ;;
        'exit '*) status=${line#exit } ;;
      esac
    done < <(
      curl --silent --no-buffer --fail --noproxy '*' \
        --config <(printf 'header = "Authorization: Bearer %s"\n' "$(<"$API_TOKEN_FILE")") \
        "$MOORING_API/v1/tenants/${arguments[0]}/events/stream${last:+?after=$last}"
      printf 'exit %s\n' "$?"
    )
    # 22: the answer was no; the question without a stream says why.
    if [[ $status == 22 ]]; then
      call_api GET "/tenants/${arguments[0]}/events" '' >/dev/null || exit
      fail "the tenant has as many subscriptions as its quota allows"
    fi
    sleep 1
  done
}

show_event() {
  if [[ $json == yes ]]; then jq -c .; else jq -r "$EVENT_CELLS | map(tostring) | join(\"  \")"; fi
}

tenant_import() {
  local answer file=${arguments[1]/#-//dev/stdin}
  [[ -r $file ]] || fail "cannot read ${arguments[1]}"
  answer=$(call_api PUT "/tenants/${arguments[0]}/document$query" "$(<"$file")") || exit
  if [[ $json == yes ]]; then
    jq . <<<"$answer"
  else
    jq -c '. as $all | .changes[] | .password = ($all.passwords[.path | sub("^extensions/"; "")]? // "")' <<<"$answer" |
      show_items $'CHANGE\tWHAT\tPASSWORD' '[.change, (if .path == "" then "the tenant" else .path end), .password]'
  fi
}

# What others have: JSON of Teams or Webex, res_parking.conf of Asterisk. The file goes out as it is, whatever its encoding.
tenant_migrate() {
  local answer type=application/json file=${arguments[1]/#-//dev/stdin}
  [[ -r $file ]] || fail "cannot read ${arguments[1]}"
  [[ $from != asterisk ]] || type=text/plain
  answer=$(send_to_api POST "/tenants/${arguments[0]}/imports/$from$query" --header "Content-Type: $type" \
    --data-binary @- <"$file") || exit
  if [[ $json == yes ]]; then
    jq . <<<"$answer"
    return
  fi
  jq -c '.changes[]' <<<"$answer" |
    show_items $'CHANGE\tWHAT\tNAME' '[.change, (if .path == "" then "the tenant" else .path end), (.after.name // "")]'
  jq -e '.notes == []' <<<"$answer" >/dev/null || {
    say ''
    jq -c '.notes[]' <<<"$answer" |
      show_items $'NOT AS IT WAS\tWHERE\tWHY' '[.outcome, (if .at == "" then "the file" else .at end), .detail]'
  }
}
