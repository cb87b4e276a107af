package io.mooring.webhook;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.mooring.config.Secret;
import io.mooring.tenant.InvalidValueException;
import io.vertx.core.buffer.Buffer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SigningSecretTest {

    /** The example in the tests of the Standard Webhooks libraries. */
    @Test
    void signsAsStandardWebhooksDoes() {
        var secret = SigningSecret.parse("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw");
        assertThat(secret.sign("msg_p5jXN8AQM9LWM0D4loKWxJek", 1_614_265_330,
                Buffer.buffer("{\"test\": 2432232314}")))
                .isEqualTo("v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
    }

    @Test
    void isKeptSoThatOnlyItsOwnerReadsIt() {
        var secret = SigningSecret.generate();
        var box = new SecretBox(new Secret("one"));
        String sealed = box.seal("a", secret);
        assertThat(sealed).doesNotContain(secret.text().substring(6)).isNotEqualTo(box.seal("a", secret));
        assertThat(box.open("a", sealed)).hasValueSatisfying(it -> assertThat(it.text()).isEqualTo(secret.text()));
        assertThat(box.open("b", sealed)).isEmpty();
        assertThat(new SecretBox(new Secret("two")).open("a", sealed)).isEmpty();
        assertThat(box.open("a", "")).isEmpty();
        assertThat(box.open("a", "not base64")).isEmpty();
        assertThat(secret).hasToString("***");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "whsec_", "whsec_AAAA", "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "whsec_%%%%"})
    void whatIsNoSecret(String text) {
        assertThatThrownBy(() -> SigningSecret.parse(text)).isInstanceOf(InvalidValueException.class);
    }
}
