package io.mooring.api;

import io.mooring.store.Deliveries;
import io.mooring.webhook.SecretBox;
import io.mooring.webhook.WebhookClient;
import io.mooring.webhook.WebhookRules;

/**
 * What the API needs for webhooks.
 *
 * @param rules where they may go
 * @param box keeps their secrets
 * @param deliveries how far they are
 * @param client tries them out
 */
public record WebhookParts(WebhookRules rules, SecretBox box, Deliveries deliveries, WebhookClient client) {}
