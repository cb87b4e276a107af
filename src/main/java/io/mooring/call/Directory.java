package io.mooring.call;

/** What the flows ask about a tenant. May wait for the store, and fail as the store does. */
public interface Directory {
    /**
     * What a dialled user part means to the tenant.
     *
     * @param tenant SIP domain
     * @param dialled user part of a Request-URI or Refer-To, unescaped
     */
    Feature feature(String tenant, String dialled);

    /** True when the tenant has this extension. */
    boolean hasExtension(String tenant, String extension);
}
