package io.mooring.watch;

import io.mooring.call.Watch;
import java.io.StringWriter;
import java.util.List;
import javax.xml.stream.XMLOutputFactory;
import javax.xml.stream.XMLStreamException;
import javax.xml.stream.XMLStreamWriter;

/** Bodies of NOTIFYs, in the dialect that a device has subscribed to. {@code docs/lamps.md} shows them. */
public final class Body {
    private static final XMLOutputFactory XML = XMLOutputFactory.newDefaultFactory();

    private static final String DIALOG_INFO = "urn:ietf:params:xml:ns:dialog-info";
    private static final String CALL_PARK = "http://schema.broadsoft.com/callpark";
    /** What a lamp is told of when nothing is parked; some keep the state before when there is no dialog at all. */
    private static final String NO_DIALOG = "0000";

    private Body() {}

    private interface Content {
        void write(XMLStreamWriter xml) throws XMLStreamException;
    }

    /**
     * The whole state of what a subscription watches.
     *
     * @param version of the state, one higher with each NOTIFY of a subscription [RFC 4235 4.1]
     */
    public static String of(Watch watch, long version, List<Shown> calls) {
        return switch (watch.eventPackage) {
            case DIALOG -> dialogInfo(watch, version, calls);
            case CALL_INFO -> callPark(watch, calls);
        };
    }

    /** One dialog for each parked call, all of them confirmed: the same on a change and on a new subscription [RFC 4235 4.1]. */
    private static String dialogInfo(Watch watch, long version, List<Shown> calls) {
        return document(xml -> {
            xml.writeStartElement("dialog-info");
            xml.writeDefaultNamespace(DIALOG_INFO);
            xml.writeAttribute("version", Long.toString(version));
            xml.writeAttribute("state", "full");
            xml.writeAttribute("entity", uri(watch.resource, watch));
            if (calls.isEmpty()) {
                xml.writeStartElement("dialog");
                xml.writeAttribute("id", NO_DIALOG);
                text(xml, "state", "terminated");
                xml.writeEndElement();
            }
            for (Shown call : calls) {
                dialog(xml, watch, call);
            }
            xml.writeEndElement();
        });
    }

    private static void dialog(XMLStreamWriter xml, Watch watch, Shown call) throws XMLStreamException {
        String dial = uri(escaped(call.dial()), watch);
        xml.writeStartElement("dialog");
        xml.writeAttribute("id", call.call());
        xml.writeAttribute("direction", "recipient");
        text(xml, "state", "confirmed");
        party(xml, "local", "", dial, dial);
        party(xml, "remote",
                call.party().map(party -> party.display()).orElse("Parked call"),
                call.party().map(party -> party.uri()).orElse(dial),
                dial);
        xml.writeEndElement();
    }

    /** @param target what a device dials that wants to have the call */
    private static void party(XMLStreamWriter xml, String which, String display, String identity, String target)
            throws XMLStreamException {
        xml.writeStartElement(which);
        identity(xml, display, identity);
        xml.writeEmptyElement("target");
        xml.writeAttribute("uri", target);
        xml.writeEndElement();
    }

    private static void identity(XMLStreamWriter xml, String display, String uri) throws XMLStreamException {
        xml.writeStartElement("identity");
        if (!display.isEmpty()) {
            xml.writeAttribute("display", printable(display));
        }
        xml.writeCharacters(printable(uri));
        xml.writeEndElement();
    }

    /** The call that would be retrieved first; the body of BroadWorks knows one. */
    private static String callPark(Watch watch, List<Shown> calls) {
        return document(xml -> {
            xml.writeStartElement("x-broadworks-callpark-info");
            xml.writeDefaultNamespace(CALL_PARK);
            if (calls.isEmpty()) {
                xml.writeEmptyElement("callpark");
            } else {
                Shown call = calls.getFirst();
                xml.writeStartElement("callpark");
                xml.writeStartElement("parked");
                identity(xml,
                        call.party().map(party -> party.display()).orElse("Parked call"),
                        call.party().map(party -> party.uri()).orElse(uri(escaped(call.dial()), watch))
                                + ";user=phone");
                xml.writeEndElement();
                xml.writeEndElement();
            }
            xml.writeEndElement();
        });
    }

    private static String document(Content content) {
        var out = new StringWriter(1_024);
        try {
            XMLStreamWriter xml = XML.createXMLStreamWriter(out);
            xml.writeStartDocument("UTF-8", "1.0");
            content.write(xml);
            xml.writeEndDocument();
            xml.close();
        } catch (XMLStreamException e) {
            throw new IllegalStateException("XML that cannot be written", e);
        }
        return out.toString();
    }

    private static void text(XMLStreamWriter xml, String element, String text) throws XMLStreamException {
        xml.writeStartElement(element);
        xml.writeCharacters(text);
        xml.writeEndElement();
    }

    private static String uri(String user, Watch watch) {
        // One of an earlier version has no domain.
        return "sip:" + user + "@" + (watch.domain.isEmpty() ? watch.tenant : watch.domain);
    }

    /** A hash may not stand in a user part as it is [RFC 3261 25.1]. */
    private static String escaped(String user) {
        return user.replace("#", "%23");
    }

    /** What XML cannot hold, even escaped, comes from a device's display name at the most [XML 1.0 2.2]. */
    private static String printable(String text) {
        var out = new StringBuilder(text.length());
        text.codePoints()
                .map(c -> c >= 0x20 && c <= 0xD7FF || c >= 0xE000 && c <= 0xFFFD || c >= 0x10000 ? c : ' ')
                .forEach(out::appendCodePoint);
        return out.toString();
    }
}
