package io.mooring.edge;

/**
 * What the two have said of their media in a proxied dialog with more than audio: whoever takes it over has to keep the number of media lines. All
 * as it came; empty when it did not.
 *
 * @param invite INVITE that opened it
 * @param answer 2xx to that
 * @param reinvite last re-INVITE or UPDATE that was accepted, by either
 * @param reanswer 2xx to that
 */
public record Said(String invite, String answer, String reinvite, String reanswer) {
    /** Nothing that the edge knows, or audio alone. */
    public static final Said NOTHING = new Said("", "", "", "");
}
