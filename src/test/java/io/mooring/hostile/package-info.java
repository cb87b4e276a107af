/** What is sent to break it: messages that no phone sends, by the tens of thousands, and what must be left of it afterwards. */
@NullMarked
package io.mooring.hostile;

import org.jspecify.annotations.NullMarked;
