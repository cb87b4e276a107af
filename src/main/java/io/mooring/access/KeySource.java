package io.mooring.access;

import com.nimbusds.jose.jwk.JWKSet;
import org.jspecify.annotations.Nullable;

/** The keys that JWT are signed with. */
@FunctionalInterface
public interface KeySource {

    /**
     * The keys, with the named one if there is such a key. May wait.
     *
     * @throws io.mooring.store.StoreUnavailableException when there are none and the issuer does not answer
     */
    JWKSet forKey(@Nullable String keyId);
}
