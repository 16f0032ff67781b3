package kithward;

import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.api.java.functions.KeySelector;
import org.apache.flink.types.Row;

/** The key of a Row(key, payload), as a Row of its own: this is how PyFlink sees keys. */
public final class Key implements KeySelector<Row, Row> {
    private static final long serialVersionUID = 1L;

    /** What kind of value a key is. */
    public static final TypeInformation<Row> TYPE = Types.ROW(Types.STRING);

    @Override
    public Row getKey(Row row) {
        return Row.of(row.getField(0));
    }
}
