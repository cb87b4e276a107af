package io.mooring.lab;

import gov.nist.javax.sip.SipStackImpl;
import gov.nist.javax.sip.stack.SIPStackTimerTask;
import gov.nist.javax.sip.stack.timers.SipTimer;
import java.util.Properties;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/**
 * The timer of the phones' SIP stack, created by it by name. Transactions outlive the port of a phone that was closed; what they
 * still try then is nobody's business, and the stack's own timer would print it.
 */
public final class QuietTimer implements SipTimer {

    private final ScheduledThreadPoolExecutor executor = new ScheduledThreadPoolExecutor(1,
            Thread.ofPlatform().daemon().name("lab-sip-timer").factory());

    public QuietTimer() {
        executor.setRemoveOnCancelPolicy(true);
    }

    private static Runnable quietly(SIPStackTimerTask task) {
        return () -> {
            try {
                task.runTask();
            } catch (RuntimeException e) {
                // The phone is closed.
            }
        };
    }

    @Override
    public boolean schedule(SIPStackTimerTask task, long delay) {
        try {
            task.setSipTimerTask(executor.schedule(quietly(task), delay, TimeUnit.MILLISECONDS));
            return true;
        } catch (RejectedExecutionException e) {
            return false;
        }
    }

    @Override
    public boolean scheduleWithFixedDelay(SIPStackTimerTask task, long delay, long period) {
        try {
            task.setSipTimerTask(
                    executor.scheduleWithFixedDelay(quietly(task), delay, period, TimeUnit.MILLISECONDS));
            return true;
        } catch (RejectedExecutionException e) {
            return false;
        }
    }

    @Override
    public boolean cancel(SIPStackTimerTask task) {
        task.cleanUpBeforeCancel();
        return task.getSipTimerTask() instanceof Future<?> scheduled && scheduled.cancel(false);
    }

    @Override
    public void start(SipStackImpl stack, Properties properties) {}

    @Override
    public void stop() {
        executor.shutdownNow();
    }

    @Override
    public boolean isStarted() {
        return !executor.isShutdown();
    }
}
