package kithward;

import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.api.java.functions.KeySelector;
import org.apache.flink.types.Row;

/** Selects the state key of a Row(key, payload): the pseudonym of its key, in a Row as PyFlink has its keys. */
public final class PseudonymKeySelector implements KeySelector<Row, Row> {
    private static final long serialVersionUID = 1L;

    /** The type of a state key. */
    public static final TypeInformation<Row> TYPE = Types.ROW(Types.STRING);

    @Override
    public Row getKey(Row row) {
        return of((String) row.getField(0));
    }

    static Row of(String key) {
        return Row.of(Pseudonym.of(key));
    }

    static String pseudonymOf(Row key) {
        return (String) key.getField(0);
    }
}
