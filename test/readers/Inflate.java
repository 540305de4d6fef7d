import java.io.FileInputStream;
import java.util.zip.GZIPInputStream;

/** Prints what is in a gzip file. */
class Inflate {
  public static void main(String[] arguments) throws Exception {
    try (var in = new GZIPInputStream(new FileInputStream(arguments[0]))) {
      in.transferTo(System.out);
    }
    System.out.flush();
  }
}
