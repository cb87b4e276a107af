package io.mooring.edge;

import io.mooring.http.Problem;
import io.mooring.http.ProblemType;

/** What an edge posted is not an event of the contract. */
final class MalformedEventException extends Exception {

    private static final long serialVersionUID = 1L;

    private final transient Problem problem;

    private MalformedEventException(Problem problem) {
        super(problem.detail(), null, false, false);
        this.problem = problem;
    }

    static MalformedEventException notJson(String detail) {
        return new MalformedEventException(new Problem(ProblemType.MALFORMED_JSON, detail));
    }

    static MalformedEventException wrongShape(String detail, String field) {
        return new MalformedEventException(new Problem(ProblemType.INVALID_BODY, detail, field));
    }

    Problem problem() {
        return problem;
    }
}
