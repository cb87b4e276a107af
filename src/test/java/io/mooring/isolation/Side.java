package io.mooring.isolation;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.mooring.lab.Api;
import io.mooring.lab.Call;
import io.mooring.lab.Stack;
import io.mooring.lab.TestPhone;
import io.mooring.lab.audio.Recording;
import io.mooring.lab.audio.Tones;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.TreeMap;
import java.util.stream.Collectors;

/** One of two tenants that are alike in all but domain and passwords: its phones and tokens, and the model of what it must see. */
final class Side implements AutoCloseable {

    /** Phones that call and are called. */
    static final List<String> EXTENSIONS = List.of("101", "102", "103", "104");
    /** Comes and goes, and changes its password; has no phone of its own. */
    static final String FLEETING = "105";
    /** Does what nobody should. */
    static final String SPY = "106";

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String DOCUMENT = """
            {"displayName": "Alike",
             "extensions": [%s],
             "ringGroups": [{"id": "hunt", "name": "Hunt", "members": ["101", "102"]}],
             "parkGroups": [{"id": "sales", "name": "Sales", "members": ["102", "103"]}],
             "parkPolicies": [{"id": "p", "name": "P"}],
             "grants": {"101": "p"},
             "defaultParkPolicy": "p"}""";

    /**
     * Somebody who waits.
     *
     * @param parker extension
     */
    record Parked(TestPhone phone, Call call, String parker) {}

    /** The first half of an attended transfer: a phone that dialled a park code, and was told its place. */
    record Announced(TestPhone phone, Call call) {}

    final String domain;
    /** Those who talk. */
    final List<Talk> talks = new ArrayList<>();
    /** Members of the park group. */
    static final List<String> GROUP = List.of("102", "103");

    /** Who is parked, by the name of the place: {@code ext:101}, {@code orbit:42}, {@code grp:sales}. */
    final Map<String, Parked> parked = new TreeMap<>();
    /** Places that are kept for an attended transfer. */
    final Map<String, Announced> announced = new TreeMap<>();
    /** Name of the park group. */
    String groupName = "Sales";
    /** Password of {@link #FLEETING}; empty: there is no such extension. */
    String fleetingPassword;
    /** Id of the administrator's token. */
    final String tokenId;

    private final Stack stack;
    private final String secret;
    private final String trunkAddress;
    private final List<TestPhone> phones = new ArrayList<>();
    private final TestPhone outside;
    private final TestPhone spy;
    private final List<Api> admin;
    private final Map<String, List<Api>> users = new HashMap<>();

    /**
     * @param number of the world
     * @param letter of the side
     * @param domain of the tenant
     * @param firstTone number of the tone of its first phone; the others have the next ones
     */
    Side(Stack stack, int number, char letter, String domain, int firstTone) {
        this.stack = stack;
        this.domain = domain;
        this.secret = "secret-" + letter + "-";
        this.fleetingPassword = password(FLEETING);
        this.trunkAddress = "127." + (20 + number / 200) + "." + (1 + number % 200) + "." + (letter - 'a' + 1);
        var operator = stack.api();
        var extensions = new ArrayList<>(EXTENSIONS);
        extensions.addAll(List.of(FLEETING, SPY));
        must(operator.send("PUT", "/tenants/" + domain + "/document", DOCUMENT.formatted(extensions.stream()
                .map(it -> "{\"extension\": \"" + it + "\", \"displayName\": \"User " + it + "\", \"password\": \""
                        + password(it) + "\"}")
                .collect(Collectors.joining(",")))));
        operator.putTrunk(trunkAddress, "trunk-" + number + letter, domain);
        var token = must(operator.send("POST", "/tenants/" + domain + "/tokens", """
                {"role": "tenant-admin"}"""));
        this.tokenId = token.path("id").asText();
        this.admin = apis(token.path("token").asText());
        users.put("101", apis(must(operator.send("POST", "/tenants/" + domain + "/tokens", """
                {"role": "tenant-user", "extension": "101"}""")).path("token").asText()));
        var tone = firstTone;
        for (var extension : EXTENSIONS) {
            phones.add(phone(extension, domain, password(extension)).tone(hertz(tone++)).open().register());
        }
        spy = phone(SPY, domain, password(SPY)).tone(hertz(tone++)).open().register();
        outside = trunk().tone(hertz(tone)).open();
        phones.add(outside);
    }

    private List<Api> apis(String token) {
        return stack.nodes().stream().map(node -> stack.api(node, token)).toList();
    }

    private static double hertz(int tone) {
        return 410 + 80 * (tone * 7 % 30);
    }

    String password(String extension) {
        return secret + extension;
    }

    /** A phone that says it is this extension of that tenant. */
    TestPhone.Builder phone(String extension, String domain, String password) {
        return TestPhone.builder().edge(stack.sip()).domain(domain).user(extension).password(password);
    }

    /** A caller from this tenant's trunk. */
    TestPhone.Builder trunk() {
        return TestPhone.builder()
                .edge(stack.sip())
                .domain(domain)
                .user("carol")
                .from("sip:carol@carrier.example")
                .address(trunkAddress);
    }

    Stack stack() {
        return stack;
    }

    TestPhone spy() {
        return spy;
    }

    List<TestPhone> phones() {
        return phones;
    }

    boolean isExtension(TestPhone phone) {
        return phone != outside;
    }

    /** Phones that do nothing now, in random order. */
    List<TestPhone> idle(Random random) {
        var idle = new ArrayList<>(phones);
        talks.forEach(talk -> idle.removeAll(List.of(talk.one(), talk.two())));
        parked.values().forEach(it -> idle.remove(it.phone()));
        Collections.shuffle(idle, random);
        return idle;
    }

    /** Those of them that are extensions. */
    List<TestPhone> idleExtensions(Random random) {
        var idle = idle(random);
        idle.remove(outside);
        return idle;
    }

    /** Where the phone finds somebody who dials this after the retrieve code. */
    Optional<String> found(TestPhone phone, String dialled) {
        var places = dialled.isEmpty()
                ? List.of("ext:" + phone.user(), GROUP.contains(phone.user()) ? "grp:sales" : "")
                : List.of("ext:" + dialled, "orbit:" + dialled);
        return places.stream().filter(parked::containsKey).findFirst();
    }

    boolean isTaken(String place) {
        return parked.containsKey(place) || announced.containsKey(place);
    }

    /** Dialogs that a node has. */
    List<Call> owned() {
        var owned = new ArrayList<Call>();
        announced.values().forEach(it -> owned.add(it.call()));
        parked.values().forEach(it -> owned.add(it.call()));
        talks.stream().filter(Talk::owned).forEach(talk -> owned.add(talk.oneSide()));
        return owned;
    }

    /** As the tenant's administrator, at one of the nodes. */
    HttpResponse<String> http(int node, String method, String path, String body) {
        return admin.get(node % admin.size()).send(method, path, body);
    }

    /** What the administrator sees of the own tenant. */
    JsonNode see(int node, String path) {
        return must(http(node, "GET", "/tenants/" + domain + path, ""));
    }

    /** As the user of the extension. */
    JsonNode seeAs(String extension, int node, String path) {
        var api = users.get(extension);
        return must(api.get(node % api.size()).send("GET", "/tenants/" + domain + path, ""));
    }

    static JsonNode must(HttpResponse<String> response) {
        assertThat(response.statusCode())
                .as(response.request().method() + " " + response.request().uri() + ": " + response.body())
                .isBetween(200, 204);
        try {
            return response.body().isEmpty() ? JSON.createObjectNode() : JSON.readTree(response.body());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Whether credentials are right, as the edge says. */
    int register(String extension, String password) {
        try (var phone = phone(extension, domain, password).open()) {
            return phone.register(Duration.ofMinutes(1)).status();
        }
    }

    /** In all that came to the call, from wherever, is no tone of a phone of this tenant. */
    void assertNotHeardBy(Call call) {
        var heard = call.media().last(100);
        var sources = heard.packets().stream().map(packet -> packet.ssrc()).distinct().toList();
        for (var source : sources) {
            var samples = new Recording(
                    heard.packets().stream().filter(packet -> packet.ssrc() == source).toList(), heard.payloadTypes())
                    .samples();
            for (var phone : phones) {
                assertThat(Tones.isOnly(samples, phone.toneHertz()))
                        .as(call + " heard " + phone.user() + " of " + domain)
                        .isFalse();
            }
        }
    }

    @Override
    public void close() {
        phones.forEach(TestPhone::close);
        spy.close();
        stack.api().send("DELETE", "/trunks/" + trunkAddress, "");
        stack.api().send("DELETE", "/tenants/" + domain + "?force=true", "");
    }

    @Override
    public String toString() {
        return domain;
    }
}
