package io.mooring.http;

/** Ends the handling of a request with a problem. */
public final class ProblemException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    private final transient Problem problem;

    /** @param problem what the client is told */
    public ProblemException(Problem problem) {
        super(problem.type().urnName() + ": " + problem.detail(), null, false, false);
        this.problem = problem;
    }

    /** A problem that no field is to blame for. */
    public ProblemException(ProblemType type, String detail) {
        this(new Problem(type, detail));
    }

    /** A problem of one field. */
    public ProblemException(ProblemType type, String detail, String field) {
        this(new Problem(type, detail, field));
    }

    /** What the client is told. */
    public Problem problem() {
        return problem;
    }
}
