package kithward;

import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.api.java.functions.KeySelector;
import org.apache.flink.types.Row;

/** Where is the state for a Row(key, payload)? Under the key's pseudonym, as a Row: this is how PyFlink sees keys. */
public final class PseudonymKeySelector implements KeySelector<Row, Row> {
    private static final long serialVersionUID = 1L;

    /** What kind of value a key is. */
    public static final TypeInformation<Row> TYPE = Types.ROW(Types.STRING);

    @Override
    public Row getKey(Row row) {
        return of((String) row.getField(0));
    }

    static Row of(String key) {
        return Row.of(Pseudonym.of(key));
    }
}
