# shellcheck shell=bash
# The texts of --help.

help_for() {
  case $1 in
    '')
      cat <<'TEXT'
usage: ./mooring COMMAND [OPTION...]

  up        start Redis, rtpengine, Kamailio and the nodes on loopback, with a demo tenant
  status    what runs, and how it is
  logs      what the parts wrote
  down      stop everything
  part      stop, start, kill, freeze or thaw one part
  doctor    look at an installation, and say what is wrong with it
  demo      park and retrieve a call with real SIP phones, told as a time line
  bench     measure park and retrieve, recalls, lamps, or the API
  test      run all tests
  fuzz      feed the parsers of outside input with what a fuzzer finds
  tenant    create, fill, show, export and import tenants

./mooring COMMAND --help tells more. README.md lists the settings (environment variables).
TEXT
      ;;
    up)
      cat <<'TEXT'
usage: ./mooring up [--nodes N] [--json] [--bare]

Starts a stack and waits until all of it is healthy. Installs missing Debian packages when it is root, and builds the
jar when it is missing or older than the sources. Does nothing when the stack is up.

  --nodes N  number of nodes, 1 to 8 (default 2)
  --json     print the endpoints as JSON, the content of .mooring/stack.json, and progress to stderr
  --bare     no demo tenant

A second stack beside the first needs another MOORING_STATE_DIR, MOORING_SIP_PORT and MOORING_HTTP_PORT.
TEXT
      ;;
    status)
      cat <<'TEXT'
usage: ./mooring status [--json]

Lists the parts with process id, state, CPU and memory of all their processes, port and health.
Exit status 0 when all of it is healthy, else 3.
TEXT
      ;;
    logs)
      cat <<'TEXT'
usage: ./mooring logs [PART...] [-f]

Prints the last 200 lines of each log; -f goes on with new ones. The logs are .mooring/log/PART.log, those of the stack
before it PART.log.old.
TEXT
      ;;
    down)
      cat <<'TEXT'
usage: ./mooring down [--purge]

Stops the nodes, then Kamailio, rtpengine and Redis; kills what has not ended in time. Redis keeps its data in the state
folder for the next up; --purge removes the state folder.
TEXT
      ;;
    part)
      cat <<'TEXT'
usage: ./mooring part stop|start|kill|freeze|thaw PART

Does it to one part of a running stack: redis, rtpengine-redis, rtpengine, kamailio, node-1, node-2, ...

  stop    asks it to end, and kills it when it has not in time
  start   starts it with the settings of the stack, and waits until it is healthy
  kill    ends it at once (SIGKILL)
  freeze  stops its clock (SIGSTOP); thaw lets it run on (SIGCONT)
TEXT
      ;;
    demo)
      cat <<'TEXT'
usage: ./mooring demo [OPTION...]

Parks a call with *68 and takes it with *88 on another node, with real SIP phones, and prints who did what when. Uses the
stack that is up; else starts one of its own on free ports, and stops it afterwards. Exit status 0 when every step and the
audio were right.

  --transport udp|tcp   of the phones (udp)
TEXT
      ;;
    bench)
      cat <<'TEXT'
usage: ./mooring bench [OPTION...]
       ./mooring bench api [OPTION...]
       ./mooring bench recall [OPTION...]
       ./mooring bench lamps [OPTION...]
       ./mooring bench capacity [OPTION...]
       ./mooring bench overload [OPTION...]

Measures on a stack of its own, on free ports, and stops it afterwards. Without a word park and retrieve, with SIPp as the phones:

  --rates N,...         cycles of park and retrieve a second to try (40,85,100,120,140,160,180); stops below 90 % success
  --seconds N           length of each rate (20)
  --parked-seconds N    how long a call is parked (3)
  --warm-up N           seconds of load before anything counts (60)
  --holding N,...       numbers of parked calls to hold with music (1000,2000,5000)
  --music FILE          measure everything once more with this WAV file as the tenant's own music
  --json                figures as JSON on standard output, progress on standard error

With api provisioning, reads and writes, registrations, and what one tenant feels of another:

  --tenants N           tenants to provision (1000)
  --extensions N        extensions of each (100)
  --clients N           clients of the API at once (8)
  --seconds N           length of each measurement (10)
  --warm-up N           seconds of reads and writes before anything counts (10)
  --registrations N     phones that register (3000)
  --neighbours          only what one tenant feels of another
  --json                as above

With recall how late parked calls come back, also when a node is killed or told to go, and what pending recalls cost:

  --rates N,...         recalls due a second (50,100,200)
  --seconds N           length of each rate (20)
  --pending N           calls that are parked besides (10000)
  --faults N            how often a node is killed, and told to go (3)
  --costs N,...         numbers of pending recalls whose cost is measured (1000,10000,100000)
  --warm-up N           seconds of recalls before anything counts (20)
  --json                as above

With lamps how soon all lamps of a place show that a call is parked there, and that it is gone:

  --watchers N,...      lamps of the place (10,100,1000)
  --rounds N            calls that are parked there and leave (50)
  --json                as above

With capacity what many tenants cost that nothing happens to, measured, and what larger installations would do, simulated:

  --tenants N,...       tenants in Redis (1,1000,100000)
  --extensions N        extensions of each (10)
  --rate N              cycles of park and retrieve a second beside them (15)
  --seconds N           how long (12)
  --webhooks N,...      of them with a webhook (0,1000,10000)
  --json                as above

With overload what becomes of twice the cycles that can be carried, and how soon all is well again afterwards:

  --rates N,...         cycles a second to seek the peak with (60,75,90,105,120,135,150); stops below 90 %
  --seconds N           length of each (15)
  --peak N              cycles a second that are known to be the peak
  --overload-seconds N  length of the overload (60)
  --warm-up N           seconds of load before anything counts (40)
  --json                as above
TEXT
      ;;
    tenant)
      cat <<'TEXT'
usage: ./mooring tenant list | create DOMAIN [NAME] | show DOMAIN | delete DOMAIN
       ./mooring tenant add DOMAIN FILE.csv        extensions, one a line: number,name,password; all or none
       ./mooring tenant token DOMAIN ROLE [EXTENSION]
       ./mooring tenant parked DOMAIN              calls that wait now
       ./mooring tenant park DOMAIN EXTENSION [MODE [NUMBER]]
                                                   parks the call that the extension has
       ./mooring tenant events DOMAIN [--follow]   what happened to calls lately, or from now on
       ./mooring tenant export DOMAIN | import DOMAIN FILE.json
       ./mooring tenant import DOMAIN --from teams|webex|asterisk FILE

Works over the API: of the stack of this folder, or of MOORING_API (such as http://127.0.0.1:8080) with the token in the file
MOORING_API_TOKEN_FILE. FILE may be -. A password that a line does not give is generated, and shown once.

  --from     take over call park settings: of Teams (Get-CsTeamsCallParkPolicy | ConvertTo-Json), of Webex Calling (answers
             of its API), of Asterisk (res_parking.conf); tells what could not be carried over
  --json     print JSON instead of a table
  --dry-run  check everything and change nothing; of an import, tell what would change
  --force    delete a tenant while calls are parked
  --follow   go on with what happens, until Ctrl-C
TEXT
      ;;
    doctor)
      cat <<'TEXT'
usage: ./mooring doctor [OPTION...]

Looks at an installation and says what to do: tools and their versions, settings, ports, limits of the kernel, disk, Redis, rtpengine, edges, nodes, certificates.
Without addresses it looks at the stack of this folder; when none is up, whether one could start. It changes nothing.

  --nodes URL,...         health and metrics of the nodes (MOORING_ADMIN_LISTEN), such as http://10.0.0.1:8092
  --redis HOST:PORT,...   all servers; the password is in REDISCLI_AUTH
  --sentinels HOST:PORT,...
  --edges URL,...         control ports of the edges, such as http://10.0.0.1:8086
  --edge-token-file FILE  what edges and nodes share (MOORING_EDGE_TOKEN_FILE)
  --sip HOST:PORT,...     where the edges take SIP
  --rtpengine HOST:PORT,...  listen-ng
  --rtp-ports N-N         its ports
  --settings FILE,...     environment files of nodes, KEY=value a line
  --certificates FILE,... in PEM
  --tls HOST:PORT,...     what presents a certificate there
  --json                  for programs: {"status": ..., "checks": [{"level", "check", "found", "advice"}]}

Exit status 0: all in order; 1: warnings; 2: something is broken; 64: the command line.
TEXT
      ;;
    fuzz)
      cat <<'TEXT'
usage: ./mooring fuzz [--seconds N] [CLASS.METHOD...]

Runs the fuzz targets of the tests (Jazzer), one after the other, and stops at the first finding. The input that was found is
kept beside the seeds of its target (src/test/resources), and ./mooring test runs it from then on.

  --seconds N   for each target (60)
TEXT
      ;;
    test)
      cat <<'TEXT'
usage: ./mooring test [--faults | --redis KIND] [MAVEN-OPTION...]

Installs what the tests need (as root), checks the shell scripts and runs all tests: mvn verify.

  --redis KIND  what uses Redis alone (store, dispatch, calls), on Redis of a kind: standalone, sentinel (three servers and three
            Sentinels) or cluster (three primaries with a replica each)
  --faults  the fault suite alone, longer: nodes, Kamailio, rtpengine and Redis are killed, frozen and told to go, a clock is wrong, HTTP
            is slow and comes twice, and the cluster is split, while phones park, retrieve and are recalled. Prints a table in the end: for
            each fault rounds, parks acknowledged, of them lost, done twice, keys left in Redis, and the longest wait for a parked
            call (MOORING_FAULT_ROUNDS, 5; MOORING_FAULT_SECONDS, 20)
TEXT
      ;;
    *) usage_error "no command is called '$1'; see ./mooring --help" ;;
  esac
}
